//! `docs/functions.md` is what the table of the library says. `UPDATE_DOCS=1` writes it anew.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use cogwork_compiler::signatures::reference::{of, of_object, page};
use cogwork_compiler::signatures::{Function, Object, all, objects};

const HEAD: &str = "\
# Functions of the standard library

Made from the compiler's table by `compiler/tests/functions_page.rs`. To write it anew:
`UPDATE_DOCS=1 cargo test -p cogwork-compiler --test functions_page`.

A call step takes the arguments by name (`args: {source: …}`) or as a list in the order given here; an expression takes
them in this order. Null for an optional parameter is the same as leaving it out. A function that **blocks** can only be
called by a call step. Every error is a map with `tags` and `message`.
";

#[test]
fn the_page_of_functions_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/functions.md");
    let page = render();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &page).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "docs/functions.md is out of date: run this test with UPDATE_DOCS=1");
}

fn render() -> String {
    let mut out = HEAD.to_owned();
    let mut module = None;
    for function in all().iter().filter(|function| !function.name.contains('.')) {
        heading(&mut out, &mut module, "Helpers");
        write_function(&mut out, function);
    }
    for function in all() {
        if let Some((name, _)) = function.name.rsplit_once('.') {
            heading(&mut out, &mut module, name);
            write_function(&mut out, function);
        }
    }
    heading(&mut out, &mut module, "Objects");
    objects().iter().for_each(|object| write_object(&mut out, object));
    out
}

fn heading<'a>(out: &mut String, current: &mut Option<&'a str>, name: &'a str) {
    if *current != Some(name) {
        write!(out, "\n## {name}\n").unwrap();
        *current = Some(name);
    }
}

fn write_function(out: &mut String, function: &Function) {
    let words = of(function).unwrap();
    let names: Vec<String> = function
        .params
        .iter()
        .map(|p| if p.required { p.name.to_owned() } else { format!("[{}]", p.name) })
        .collect();
    write!(out, "\n### `{}({})`\n\n{}", function.name, names.join(", "), words.about).unwrap();
    if function.blocking {
        out.push_str(" **Blocks.**");
    }
    if !function.available {
        out.push_str(" **Not available yet.**");
    }
    out.push_str("\n\n");
    for (parameter, kind) in function.params.iter().zip(words.types) {
        let need = if parameter.required { "required" } else { "optional" };
        writeln!(out, "- `{}` ({need}): {kind}", parameter.name).unwrap();
    }
    writeln!(out, "- Result: {}", words.result).unwrap();
    for (tag, cause) in words.errors {
        writeln!(out, "- `{tag}`: {cause}").unwrap();
    }
    write_source(out, function.name);
}

fn write_object(out: &mut String, object: &Object) {
    let words = of_object(object).unwrap();
    write!(out, "\n### `{}`\n\n{}\n\n", object.name, words.about).unwrap();
    for (field, value) in words.fields {
        writeln!(out, "- `{field}`: {value}").unwrap();
    }
    write_source(out, object.name);
}

fn write_source(out: &mut String, name: &str) {
    match page(name) {
        Some(page) => writeln!(out, "\n[Documentation of the service]({page})").unwrap(),
        None => {
            writeln!(out, "\nThe service documents no such function; other implementations have it.").unwrap()
        }
    }
}
