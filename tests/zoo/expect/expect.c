// sigexpect EVENTS EXPECTATIONS: holds what sigtop printed as JSON lines against what sigzoo says must be there.
//
// Each `expect` line takes one event for itself: the first, not yet taken, that has all its fields. What is in one and
// not in the other is printed; the exit status is 1 if anything is. zoo.h says how the lines are written. An object is
// looked at as a list of paths ("sender.pid") and values, an array as one value; both sides write without spaces.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct field {
    char *path, *value;
};
struct object {
    char *line;
    struct field *fields;
    int count;
    bool taken;
};
struct rule {
    char word; // e(xpect), m(ay), n(ever)
    const char *way;
    int way_number;
    struct object object;
};

static void *grow(void *list, int count, size_t size) {
    if (count & (count + 1)) return list; // full at each power of two, less one
    list = realloc(list, (size_t)(count + 1) * 2 * size);
    if (!list) exit(2);
    return list;
}

static void add(struct object *o, const char *path, const char *from, const char *to) {
    o->fields = grow(o->fields, o->count, sizeof *o->fields);
    o->fields[o->count++] = (struct field){strdup(path), strndup(from, (size_t)(to - from))};
}

// The end of the value that begins at s: a string, an array or a plain word.
static const char *value_end(const char *s) {
    int depth = 0;
    for (bool quoted = false; *s; s++) {
        if (*s == '\\' && quoted) s++;
        else if (*s == '"') quoted = !quoted;
        else if (quoted) continue;
        else if (*s == '[') depth++;
        else if (*s == ']') depth--;
        else if (!depth && (*s == ',' || *s == '}')) break;
    }
    return s;
}

// Reads the object at s into `o`, its paths below `prefix`; gives what follows, or NULL if it is none.
static const char *read_object(struct object *o, const char *s, const char *prefix) {
    char path[128];
    if (*s++ != '{') return NULL;
    while (*s == '"') {
        const char *end = strchr(s + 1, '"');
        if (!end || end[1] != ':') return NULL;
        snprintf(path, sizeof path, "%s%s%.*s", prefix, *prefix ? "." : "", (int)(end - s - 1), s + 1);
        s = end + 2;
        if (*s == '{') {
            s = read_object(o, s, path);
            if (!s) return NULL;
        } else {
            end = value_end(s);
            add(o, path, s, end);
            s = end;
        }
        if (*s == ',') s++;
    }
    return *s == '}' ? s + 1 : NULL;
}

// ---- names that stand for values

static struct field bound[256];
static int bound_count;

static bool same(const char *wanted, const char *found) {
    if (strncmp(wanted, "\"$", 2)) return !strcmp(wanted, found);
    if (!strcmp(wanted, "\"$_\"")) return true;
    for (int i = 0; i < bound_count; i++)
        if (!strcmp(bound[i].path, wanted)) return !strcmp(bound[i].value, found);
    if (bound_count < (int)(sizeof bound / sizeof *bound))
        bound[bound_count++] = (struct field){(char *)wanted, (char *)found};
    return true;
}

static bool has(const struct object *event, const struct field *wanted) {
    const bool absent = !strcmp(wanted->value, "\"$-\"");
    for (int i = 0; i < event->count; i++)
        if (!strcmp(event->fields[i].path, wanted->path)) return !absent && same(wanted->value, event->fields[i].value);
    return absent;
}

static bool fits(const struct object *event, const struct object *wanted) {
    const int before = bound_count;
    for (int i = 0; i < wanted->count; i++)
        if (!has(event, &wanted->fields[i])) {
            bound_count = before;
            return false;
        }
    return true;
}

// ---- the two files

static struct object *events;
static struct rule *rules;
static int event_count, rule_count;

static FILE *open_or_end(const char *path) {
    FILE *f = fopen(path, "r");
    if (!f) perror(path), exit(2);
    return f;
}

static void read_events(const char *path) {
    char *line = NULL;
    size_t size = 0;
    FILE *f = open_or_end(path);
    while (getline(&line, &size, f) > 0) {
        line[strcspn(line, "\n")] = 0;
        events = grow(events, event_count, sizeof *events);
        struct object *event = &events[event_count++];
        *event = (struct object){.line = strdup(line)};
        if (!read_object(event, line, "")) printf("NO JSON    %s\n", line), exit(1);
    }
    fclose(f);
}

// A way that was skipped half-way asks for nothing, but what it did may be there.
static int forgive(int way) {
    for (int i = 0; i < rule_count; i++)
        if (rules[i].way_number == way) rules[i].word = rules[i].word == 'n' ? ' ' : 'm';
    return 1;
}

static int read_rules(const char *path) {
    char *line = NULL;
    const char *way = "";
    size_t size = 0;
    int skipped = 0, way_number = 0;
    FILE *f = open_or_end(path);
    while (getline(&line, &size, f) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *rest = strchr(line, ' ');
        if (!rest++) continue;
        if (*line == 'w') way = strdup(rest), way_number++;
        else if (*line == 's') skipped += forgive(way_number), printf("SKIPPED    %s: %s\n", way, rest);
        else {
            rules = grow(rules, rule_count, sizeof *rules);
            struct rule *rule = &rules[rule_count++];
            *rule =
                (struct rule){.word = *line, .way = way, .way_number = way_number, .object = {.line = strdup(rest)}};
            if (!read_object(&rule->object, rest, "")) fprintf(stderr, "sigexpect: no rule: %s\n", line), exit(2);
        }
    }
    fclose(f);
    return skipped;
}

static struct object *find(const struct object *wanted) {
    for (int i = 0; i < event_count; i++)
        if (!events[i].taken && fits(&events[i], wanted)) return &events[i];
    return NULL;
}

// What is there instead: events of the same kind about the same process.
static void print_near(const struct object *wanted) {
    int shown = 0;
    for (int i = 0; i < event_count && shown < 4; i++) {
        bool near = true;
        for (int f = 0; f < wanted->count; f++) {
            const char *path = wanted->fields[f].path;
            if (!strcmp(path, "type") || !strcmp(path, "pid")) near = near && has(&events[i], &wanted->fields[f]);
        }
        if (near) printf("  %s %s\n", events[i].taken ? "taken" : "there", events[i].line), shown++;
    }
}

int main(int argc, char **argv) {
    int missing = 0, extra = 0, found = 0, way = 0;
    if (argc != 3) return fputs("usage: sigexpect EVENTS EXPECTATIONS\n", stderr), 2;
    read_events(argv[1]);
    const int skipped = read_rules(argv[2]);
    for (int i = 0; i < rule_count; i++) {
        if (rules[i].way_number != way) way = rules[i].way_number, bound_count = 0;
        if (rules[i].word != 'e' && rules[i].word != 'm') continue;
        struct object *event = find(&rules[i].object);
        if (event) event->taken = true, found++;
        else if (rules[i].word == 'e')
            printf("MISSING    %s: %s\n", rules[i].way, rules[i].object.line), print_near(&rules[i].object), missing++;
    }
    for (int i = 0; i < rule_count; i++) {
        struct object *event = rules[i].word == 'n' ? find(&rules[i].object) : NULL;
        if (event) printf("UNEXPECTED %s: %s\n", rules[i].way, event->line), event->taken = true, extra++;
    }
    printf("%d events: %d as expected, %d missing, %d unexpected, %d ways skipped\n", event_count, found, missing,
           extra, skipped);
    return missing || extra || !found;
}
