//! Generated code against snapshots. `build.rs` compiled the very same text into this binary.

use cogwork_compiler::{Options, Source, compile};

use crate::compiled;

#[test]
fn generated_code() {
    assert!(compiled::ALL.len() >= 12, "at least twelve workflows are snapshot-tested");
    for (name, definition, generated, _) in compiled::ALL {
        let compilation = compile(vec![Source::new(*name, *definition)], &Options::default());
        let rust = compilation.rust().expect("it compiled in build.rs");
        assert_eq!(rust, *generated, "{name}: the snapshot must show the code that runs here");
        // The definition is embedded in the code; the snapshot has it once, in front.
        let embedded = format!("{definition:?}");
        let shown = rust.replace(embedded.trim_matches('"'), "…");
        insta::assert_snapshot!(name.trim_start_matches("workflows/"), format!("{definition}\n{shown}"));
    }
}

#[test]
fn code_generation_is_deterministic() {
    for (name, definition, _, _) in compiled::ALL {
        let rust = || compile(vec![Source::new(*name, *definition)], &Options::default()).rust();
        assert_eq!(rust(), rust(), "{name}");
    }
}
