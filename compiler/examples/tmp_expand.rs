fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let c = cogwork_compiler::compile(vec![cogwork_compiler::Source::new(path, text)], &Default::default());
    print!("{}", c.report(cogwork_compiler::diagnostic::render::Style::Plain));
    if let Some(r) = c.rust() { print!("{r}"); }
}
