//! The webhook against a real server on loopback that does what servers do. No test waits: pauses are handed in and told.

use super::*;
use crate::app::rules::tests::alert;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

/// A time that no test gets to.
const LONG: Duration = Duration::from_secs(600);

/// A request as it came.
#[derive(Debug)]
struct Got {
    head: String,
    body: Value,
}

fn read(stream: &TcpStream) -> Got {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let length = head.to_lowercase().split_once("content-length: ").unwrap().1.split_once("\r\n").unwrap().0.parse();
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    Got { head, body: serde_json::from_slice(&body).unwrap() }
}

/// Answers one connection after the other; an empty answer is none, and the connection stays open until the end.
fn serve(listener: TcpListener, answers: Vec<String>) -> (Receiver<Got>, thread::JoinHandle<()>) {
    let (tell, got) = channel();
    let run = move || {
        let mut kept = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            tell.send(read(&stream)).unwrap();
            let _ = stream.write_all(answer.as_bytes()); // who has enough may have gone
            if answer.is_empty() {
                kept.push(stream);
            }
        }
    };
    (got, thread::spawn(run))
}

fn status(line: &str) -> String {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

struct Run {
    post: Outlet,
    voice: Arc<Voice>,
    pauses: Arc<Mutex<Vec<Duration>>>,
}

fn run(url: &str, format: Format, timeout: Duration, mut at_pause: impl FnMut(usize) + Send + 'static) -> Run {
    let passes = move |pauses| {
        at_pause(pauses);
        Pause::Passed
    };
    run_to_the_end(url, format, timeout, passes)
}

/// The same, where there may be no time for a pause.
fn run_to_the_end(
    url: &str,
    format: Format,
    timeout: Duration,
    mut at_pause: impl FnMut(usize) -> Pause + Send + 'static,
) -> Run {
    let webhook = Webhook { url: url.into(), format: WebhookFormat::Json, headers: None, is_shown: false };
    let target = Target::of(&webhook, |url| format.url(url)).unwrap();
    let (voice, pauses) = (Arc::new(Voice::default()), Arc::new(Mutex::new(Vec::new())));
    let told = pauses.clone();
    let wait = Box::new(move |pause| {
        let mut pauses = told.lock().unwrap();
        pauses.push(pause);
        let count = pauses.len();
        drop(pauses); // who waits in there keeps nobody from looking
        at_pause(count)
    });
    let post = start(target, format, voice.clone(), Arc::new(Queue::new(4)), wait, timeout).unwrap();
    Run { post, voice, pauses }
}

impl Run {
    fn finish(self) -> (Vec<String>, Vec<Duration>) {
        self.post.finish(Instant::now() + LONG);
        let pauses = self.pauses.lock().unwrap().clone();
        (self.voice.unsaid(), pauses)
    }
}

/// Posts one alert to a server that answers so; what it got, what was said, and how long was waited.
fn posted(answers: &[String]) -> (Vec<Got>, Vec<String>, Vec<Duration>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook/S3CRET", listener.local_addr().unwrap());
    let (got, server) = serve(listener, answers.to_vec());
    let run = run(&url, Format::Json, LONG, |_| {});
    run.post.take(&alert("a"));
    let (said, pauses) = run.finish();
    server.join().unwrap();
    assert!(said.iter().all(|said| !said.contains("S3CRET")), "{said:?}");
    (got.iter().collect(), said, pauses)
}

#[test]
fn an_alert_is_posted_once() {
    let (got, said, pauses) = posted(&[status("204 No Content")]);
    assert!(got[0].head.starts_with("POST /hook/S3CRET HTTP/1.1\r\n"));
    assert!(got[0].head.to_lowercase().contains("content-type: application/json\r\n"));
    assert_eq!((got.len(), got[0].body["type"].as_str()), (1, Some("alert")));
    assert_eq!((said.len(), pauses.len()), (0, 0));
}

#[test]
fn errors_of_the_server_are_waited_out_with_growing_pauses() {
    let failing = status("500 Internal Server Error");
    let (got, said, pauses) = posted(&[failing.clone(), failing, status("200 OK")]);
    assert_eq!(got.len(), 3);
    assert!(got.iter().all(|one| one.body == got[0].body));
    let seconds = |at: usize| pauses[at].as_secs_f64();
    assert!((0.5..=1.0).contains(&seconds(0)) && (1.0..=2.0).contains(&seconds(1)), "{pauses:?}");
    assert!(said[0].contains("takes no alerts: status 500; they are kept"), "{said:?}");
    assert!(said[1].ends_with("takes alerts again") && said.len() == 2, "{said:?}");
}

#[test]
fn a_server_may_ask_for_time() {
    let later = "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (got, _, pauses) = posted(&[later.into(), status("200 OK")]);
    assert_eq!((got.len(), pauses), (2, vec![Duration::from_secs(7)]));
}

#[test]
fn what_is_refused_is_not_tried_again_and_said_with_the_reason() {
    let refused = "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\nno \x1b[31msuch field\nmore";
    let (got, said, pauses) = posted(&[refused.into()]);
    assert_eq!((got.len(), pauses.len()), (1, 0));
    assert!(said[0].ends_with("refuses alerts: status 400: no \\x1b[31msuch field"), "{said:?}");
    assert!(said[1].starts_with("1 alert was not delivered to http://127.0.0.1:"), "{said:?}");
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let huge = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(8 << 20));
    assert_eq!(posted(&[huge]).1.len(), 0);
    let headers = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    assert_eq!(posted(&[headers, status("200 OK")]).0.len(), 2, "that is no answer");
}

#[test]
fn a_connection_that_closes_midway_is_no_answer() {
    let (got, said, _) = posted(&["HTTP/1.1 20".into(), status("200 OK")]);
    assert_eq!(got.len(), 2);
    assert!(said[0].contains("takes no alerts"), "{said:?}");
}

#[test]
fn a_redirect_is_followed_at_the_same_host_only() {
    let moved =
        |to: &str| format!("HTTP/1.1 307 There\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let (got, said, _) = posted(&[moved("/new"), status("200 OK")]);
    assert!(got[1].head.starts_with("POST /new HTTP/1.1\r\n") && said.is_empty(), "{said:?}");
    let (got, said, _) = posted(&[moved("http://192.0.2.1/")]);
    assert!(got.len() == 1 && said[0].ends_with("it redirects to another host, which gets nothing"), "{said:?}");
    let round: Vec<String> = (0..4).map(|_| moved("/round")).collect();
    assert!(posted(&round).1[0].ends_with("it redirects without end"));
    let (got, said, _) = posted(&[status("302 Found")]);
    assert!(got.len() == 1 && said[0].ends_with("refuses alerts: status 302"), "{said:?}");
}

/// In words alone.
#[test]
fn a_connection_that_is_broken_off_is_said_without_a_number() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.peek(&mut [0]).unwrap(); // with what came unread, closing is a reset
        drop(stream);
        let (mut stream, _) = listener.accept().unwrap();
        read(&stream);
        stream.write_all(status("200 OK").as_bytes()).unwrap();
    });
    let run = run(&url, Format::Json, LONG, |_| {});
    run.post.take(&alert("a"));
    let (said, _) = run.finish();
    server.join().unwrap();
    assert!(said[0].contains("takes no alerts: ") && !said[0].contains("os error"), "{said:?}");
}

/// Others wait behind them.
#[test]
fn alerts_that_a_server_fails_on_again_and_again_are_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let failing = vec![status("500 Internal Server Error"); TRIES_MAX as usize];
    let (got, server) = serve(listener, [failing, vec![status("200 OK")]].concat());
    let run = run(&url, Format::Json, LONG, |_| {});
    run.post.take(&alert("a"));
    run.post.take(&alert("b"));
    let (said, _) = run.finish();
    server.join().unwrap();
    let rules: Vec<String> = got.iter().map(|one| one.body["rule"].as_str().unwrap().into()).collect();
    assert_eq!((rules.len(), rules.iter().filter(|rule| *rule == "a").count()), (11, 10), "{rules:?}");
    assert!(said[1].ends_with("takes alerts again; 1 alert was dropped"), "{said:?}");
}

/// It accepts, and says nothing: the request ends by its own time.
#[test]
fn a_server_that_does_not_answer_is_given_up_and_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (got, server) = serve(listener, vec![String::new(), status("200 OK")]);
    let run = run(&url, Format::Json, Duration::from_secs(4), |_| {});
    run.post.take(&alert("a"));
    assert_eq!(
        (got.recv().unwrap().body["type"].as_str(), got.recv().unwrap().body["type"].as_str()),
        (Some("alert"), Some("alert"))
    );
    let (said, pauses) = run.finish();
    server.join().unwrap();
    assert!(said[0].contains("no answer in time") && !pauses.is_empty(), "{said:?}");
}

/// Nobody listens; then somebody does. What did not fit in the meantime is told with the first that is taken.
#[test]
fn a_server_that_comes_late_gets_what_was_kept_and_hears_of_what_was_not() {
    let place = TcpListener::bind("127.0.0.53:0").unwrap(); // where no other test listens, once this one is gone
    let address = place.local_addr().unwrap();
    drop(place);
    let (is_full, full): (Sender<()>, Receiver<()>) = channel();
    let (tell, got) = channel();
    let run = run(&format!("http://{address}"), Format::Json, LONG, move |pauses| {
        if pauses == 2 {
            full.recv().unwrap();
            let listener = TcpListener::bind(address).unwrap();
            tell.send(serve(listener, vec![status("200 OK"); 5])).unwrap();
        }
    });
    run.post.take(&alert("a"));
    while run.pauses.lock().unwrap().is_empty() {
        thread::yield_now(); // until it is out of the queue
    }
    (0..7).for_each(|_| run.post.take(&alert("b"))); // 4 fit
    is_full.send(()).unwrap();
    let (got, server) = got.recv().unwrap();
    let (said, pauses) = run.finish();
    server.join().unwrap();
    let got: Vec<Got> = got.iter().collect();
    let dropped: Vec<Option<u64>> = got.iter().map(|got| got.body["dropped"].as_u64()).collect();
    assert_eq!((dropped, pauses.len()), (vec![Some(3), None, None, None, None], 2));
    assert!(said[0].contains("nobody listens there"), "{said:?}");
    assert!(
        said[1].starts_with("too many alerts wait for http://") && said[1].ends_with(": more are dropped"),
        "{said:?}"
    );
    assert!(said[2].ends_with("takes alerts again; 3 alerts were dropped") && said.len() == 3, "{said:?}");
}

#[test]
fn alertmanager_gets_what_waits_in_one_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://u:p@{}", listener.local_addr().unwrap());
    let (is_full, full): (Sender<()>, Receiver<()>) = channel();
    let (got, server) = serve(listener, vec![status("503 Not Yet"), status("200 OK"), status("200 OK")]);
    let run = run(&url, Format::Alertmanager, LONG, move |_| full.recv().unwrap());
    run.post.take(&alert("a"));
    assert_eq!(got.recv().unwrap().body.as_array().unwrap().len(), 1);
    (0..3).for_each(|_| run.post.take(&alert("b")));
    is_full.send(()).unwrap();
    run.finish();
    server.join().unwrap();
    let got: Vec<Got> = got.iter().collect();
    assert_eq!(got.iter().map(|got| got.body.as_array().unwrap().len()).collect::<Vec<_>>(), [1, 3]);
    assert!(got[0].head.starts_with("POST /api/v2/alerts HTTP/1.1\r\n"));
    assert!(got[0].head.to_lowercase().contains("authorization: basic dtpw\r\n"), "{}", got[0].head);
}

/// Pauses grow at the end too, from the shortest on; there is no time for ever.
#[test]
fn at_the_end_a_server_is_tried_again_as_long_as_there_is_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (got, server) = serve(listener, vec![status("500 Internal Server Error"); 5]);
    let becomes = [Pause::Passed, Pause::Passed, Pause::CutShort, Pause::Passed, Pause::TooLong];
    let run = run_to_the_end(&url, Format::Json, LONG, move |pauses| becomes[pauses - 1]);
    run.post.take(&alert("a"));
    run.post.take(&alert("b"));
    let (said, pauses) = run.finish();
    server.join().unwrap();
    let most = |at: usize| pauses[at] <= Duration::from_secs([1, 2, 4, 1, 2][at]);
    assert!(pauses.len() == 5 && (0..5).all(most), "{pauses:?}");
    assert_eq!(got.iter().filter(|got| got.body["rule"] == "a").count(), 5);
    assert!(said[1].starts_with("2 alerts were not delivered to ") && said.len() == 2, "{said:?}");
}

/// It is not asked any more, and not waited for either: with the real pauses.
#[test]
fn a_server_that_asks_for_more_time_than_there_is_gets_nothing_more() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let later = "HTTP/1.1 503 Later\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (got, server) = serve(listener, vec![later.into()]);
    let voice = Arc::new(Voice::default());
    let webhook = Webhook { url, format: WebhookFormat::Json, headers: None, is_shown: false };
    let post = open(&webhook, voice.clone()).unwrap();
    (0..3).for_each(|_| post.take(&alert("a")));
    post.finish(Instant::now() + Duration::from_secs(20));
    server.join().unwrap();
    let said = voice.unsaid();
    assert!(said[0].contains("takes no alerts: status 503; they are kept") && said.len() == 2, "{said:?}");
    assert!(said[1].starts_with("3 alerts were not delivered to "), "{said:?}");
    assert_eq!(got.iter().count(), 1);
}

/// It is said when it begins, though the thread waits for an answer; and once.
#[test]
fn what_does_not_fit_is_said_while_the_server_keeps_silent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (answer, may_answer) = channel::<()>();
    let (came, comes) = channel();
    let server = thread::spawn(move || {
        for at in 0..5 {
            let (mut stream, _) = listener.accept().unwrap();
            read(&stream);
            if at == 0 {
                came.send(()).unwrap();
                may_answer.recv().unwrap();
            }
            stream.write_all(status("200 OK").as_bytes()).unwrap();
        }
    });
    let run = run(&url, Format::Json, LONG, |_| {});
    run.post.take(&alert("on its way"));
    comes.recv().unwrap();
    (0..7).for_each(|_| run.post.take(&alert("a"))); // 4 fit
    let said = run.voice.unsaid();
    assert!(said[0].starts_with("too many alerts wait for http://") && said.len() == 1, "{said:?}");
    answer.send(()).unwrap();
    let (said, _) = run.finish();
    server.join().unwrap();
    assert!(said.len() == 1 && said[0].ends_with("keeps up again; 3 alerts were dropped"), "{said:?}");
}

/// What is dropped while the last one is on its way is told by no request.
#[test]
fn what_is_dropped_last_is_said_at_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let run = run(&format!("http://{}/", listener.local_addr().unwrap()), Format::Json, LONG, |_| {});
    let ((came, comes), (answer, may_answer)) = (channel(), channel::<()>());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read(&stream);
        came.send(()).unwrap();
        may_answer.recv().unwrap();
        stream.write_all(status("200 OK").as_bytes()).unwrap();
    });
    run.post.take(&alert("on its way"));
    comes.recv().unwrap();
    let set = Event::Clock(crate::event::ClockEvent { mono_ns: 1, offset_ns: 2 });
    (0..4).for_each(|_| run.post.take(&set));
    run.post.take(&alert("one too many"));
    answer.send(()).unwrap();
    let (said, _) = run.finish();
    server.join().unwrap();
    assert!(said[0].starts_with("too many alerts wait for "), "{said:?}");
    assert!(said.len() == 2 && said[1].starts_with("1 alert was not delivered to http://127.0.0.1:"), "{said:?}");
}
