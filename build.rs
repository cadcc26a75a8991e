//! bpf/sigtop.bpf.c, bpf/attempts.bpf.c, bpf/access.bpf.c -> a skeleton of each in OUT_DIR; nothing else.

use libbpf_cargo::SkeletonBuilder;
use std::{env, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=bpf");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for object in ["sigtop", "attempts", "access"] {
        let built = SkeletonBuilder::new()
            .source(format!("bpf/{object}.bpf.c"))
            // v3: 32-bit registers, which 5.10 has; v4 would need 6.6.
            .clang_args(["-Wall", "-Werror", "-mcpu=v3", "-Ibpf"])
            .reference_obj(true)
            .rustfmt("rustfmt-is-not-needed-here")
            .build_and_generate(out.join(format!("{object}.skel.rs")));
        if let Err(error) = built {
            eprintln!("cannot build the BPF object {object}: {error:#}");
            eprintln!("is clang installed? scripts/setup.sh installs what is missing");
            std::process::exit(1);
        }
    }
}
