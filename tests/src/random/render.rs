//! Writes a program as YAML: block style for structure, JSON in flow style for data.

use std::fmt::Write as _;

use super::program::{
    Accessor, Action, Binary, Bodies, Case, Data, Except, Expr, Key, Loop, Next, Parallel, Program, Retry,
    Routine, Scalar, Step, Target, Try, Unary,
};

/// The definition's text.
pub fn render(program: &Program) -> String {
    let mut writer = Writer { text: String::new(), depth: 0 };
    writer.routine(&program.main);
    for routine in &program.subworkflows {
        writer.routine(routine);
    }
    writer.text
}

struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    fn line(&mut self, line: &str) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn within(&mut self, head: &str, body: impl FnOnce(&mut Self)) {
        self.line(head);
        self.depth += 1;
        body(self);
        self.depth -= 1;
    }

    fn routine(&mut self, routine: &Routine) {
        self.within(&format!("{}:", routine.name), |w| {
            if !routine.params.is_empty() {
                let params: Vec<String> = routine
                    .params
                    .iter()
                    .map(|(name, default)| match default {
                        None => name.clone(),
                        Some(value) => format!("{{{}: {}}}", quoted(name), scalar(value)),
                    })
                    .collect();
                w.line(&format!("params: [{}]", params.join(", ")));
            }
            w.steps(&routine.steps);
        });
    }

    fn steps(&mut self, steps: &[Step]) {
        if steps.is_empty() {
            return self.line("steps: []");
        }
        self.within("steps:", |w| {
            for step in steps {
                w.within(&format!("- {}:", step.name), |w| {
                    w.depth += 1;
                    w.action(&step.action);
                    w.next(step.next.as_ref());
                    w.depth -= 1;
                });
            }
        });
    }

    fn next(&mut self, next: Option<&Next>) {
        let Some(next) = next else { return };
        let name = match next {
            Next::Step(name) => name,
            Next::End => "end",
            Next::Break => "break",
            Next::Continue => "continue",
        };
        self.line(&format!("next: {name}"));
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Nothing => {}
            Action::Assign(entries) => self.within("assign:", |w| {
                for (to, value) in entries {
                    w.line(&format!("- {}: {}", quoted(&target(to)), data(value)));
                }
            }),
            Action::Call { callee, args, result } => self.call(callee, args, result.as_deref()),
            Action::Switch(cases) => self.within("switch:", |w| {
                for case in cases {
                    w.case(case);
                }
            }),
            Action::For(body) => self.within("for:", |w| w.body(body)),
            Action::Parallel(parallel) => self.within("parallel:", |w| w.parallel(parallel)),
            Action::Try(action) => self.guarded(action),
            Action::Raise(value) => self.line(&format!("raise: {}", data(value))),
            Action::Return(value) => self.line(&format!("return: {}", data(value))),
            Action::Steps(steps) => self.steps(steps),
        }
    }

    fn call(&mut self, callee: &str, args: &[(String, Data)], result: Option<&str>) {
        self.line(&format!("call: {callee}"));
        if !args.is_empty() {
            self.within("args:", |w| {
                for (name, value) in args {
                    w.line(&format!("{name}: {}", data(value)));
                }
            });
        }
        if let Some(name) = result {
            self.line(&format!("result: {name}"));
        }
    }

    fn case(&mut self, case: &Case) {
        self.within(&format!("- condition: {}", condition(&case.condition)), |w| {
            w.action(&case.action);
            w.next(case.next.as_ref());
        });
    }

    fn body(&mut self, body: &Loop) {
        self.line(&format!("value: {}", body.value));
        if let Some(index) = &body.index {
            self.line(&format!("index: {index}"));
        }
        self.line(&format!("{}: {}", if body.range { "range" } else { "in" }, data(&body.over)));
        self.steps(&body.steps);
    }

    fn parallel(&mut self, parallel: &Parallel) {
        if !parallel.shared.is_empty() {
            self.line(&format!("shared: [{}]", parallel.shared.join(", ")));
        }
        if let Some(limit) = parallel.limit {
            self.line(&format!("concurrency_limit: {limit}"));
        }
        match &parallel.bodies {
            Bodies::Branches(branches) => self.within("branches:", |w| {
                for (name, steps) in branches {
                    w.within(&format!("- {name}:"), |w| {
                        w.depth += 1;
                        w.steps(steps);
                        w.depth -= 1;
                    });
                }
            }),
            Bodies::For(body) => self.within("for:", |w| w.body(body)),
        }
    }

    fn guarded(&mut self, action: &Try) {
        self.within("try:", |w| w.action(&action.body));
        if let Some(retry) = &action.retry {
            self.retry(retry);
        }
        if let Some(except) = &action.except {
            self.except(except);
        }
    }

    fn retry(&mut self, retry: &Retry) {
        self.within("retry:", |w| {
            if let Some(predicate) = &retry.predicate {
                w.line(&format!("predicate: ${{{predicate}}}"));
            }
            if let Some(count) = retry.max_retries {
                w.line(&format!("max_retries: {count}"));
            }
            if let Some([initial, max, multiplier]) = retry.backoff {
                w.line(&format!(
                    "backoff: {{initial_delay: {initial:?}, max_delay: {max:?}, multiplier: {multiplier:?}}}"
                ));
            }
        });
    }

    fn except(&mut self, except: &Except) {
        self.within("except:", |w| {
            if let Some(name) = &except.variable {
                w.line(&format!("as: {name}"));
            }
            w.steps(&except.steps);
        });
    }
}

/// Literal booleans stand without braces.
fn condition(expr: &Expr) -> String {
    match expr {
        Expr::Scalar(Scalar::Bool(flag)) => flag.to_string(),
        other => quoted(&format!("${{{}}}", expression(other))),
    }
}

/// A JSON string, which is a double-quoted YAML scalar.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(flag) => flag.to_string(),
        Scalar::Int(n) => n.to_string(),
        Scalar::Double(x) => format!("{x:?}"),
        Scalar::Str(text) => quoted(text),
    }
}

fn data(value: &Data) -> String {
    match value {
        Data::Scalar(value) => scalar(value),
        Data::Expr(expr) => quoted(&format!("${{{}}}", expression(expr))),
        Data::List(items) => format!("[{}]", items.iter().map(data).collect::<Vec<_>>().join(", ")),
        Data::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    let key = match key {
                        Key::Name(name) => quoted(name),
                        Key::Expr(expr) => quoted(&format!("${{{}}}", expression(expr))),
                    };
                    format!("{key}: {}", data(value))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn target(target: &Target) -> String {
    let mut text = target.root.clone();
    for accessor in &target.accessors {
        match accessor {
            Accessor::Member(name) => drop(write!(text, ".{name}")),
            Accessor::Index(expr) => drop(write!(text, "[{}]", expression(expr))),
        }
    }
    text
}

/// The text of an expression, with no more parentheses than the precedence table asks for.
pub fn expression(expr: &Expr) -> String {
    level(expr, OR)
}

/// Ranks of the grammar's rules, loosest first.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARISON: u8 = 3;
const SUM: u8 = 4;
const PRODUCT: u8 = 5;
const PREFIX: u8 = 6;
const POSTFIX: u8 = 7;

/// The expression's text, in parentheses when it binds looser than `least`.
fn level(expr: &Expr, least: u8) -> String {
    let (text, own) = match expr {
        Expr::Scalar(Scalar::Int(n)) if least == POSTFIX => (format!("({n})"), POSTFIX),
        Expr::Scalar(Scalar::Double(x)) if least == POSTFIX => (format!("({x:?})"), POSTFIX),
        Expr::Scalar(value) => (scalar(value), POSTFIX),
        Expr::Variable(name) => (name.clone(), POSTFIX),
        Expr::List(items) => (format!("[{}]", list(items)), POSTFIX),
        Expr::Unary(operator, operand) => {
            let sign = match operator {
                Unary::Not => "not ",
                Unary::Minus => "-",
                Unary::Plus => "+",
            };
            (format!("{sign}{}", level(operand, PREFIX)), PREFIX)
        }
        Expr::Binary(left, operator, right) => {
            let (symbol, rank) = operator.symbol();
            // Comparisons do not chain; the others associate to the left.
            let left = level(left, if rank == COMPARISON { SUM } else { rank });
            (format!("{left} {symbol} {}", level(right, rank + 1)), rank)
        }
        Expr::Member(of, name) => (format!("{}.{name}", level(of, POSTFIX)), POSTFIX),
        Expr::Index(of, index) => (format!("{}[{}]", level(of, POSTFIX), expression(index)), POSTFIX),
        Expr::Call(name, args) => (format!("{name}({})", list(args)), POSTFIX),
    };
    if own < least { format!("({text})") } else { text }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(expression).collect::<Vec<_>>().join(", ")
}

impl Binary {
    fn symbol(self) -> (&'static str, u8) {
        match self {
            Self::Or => ("or", OR),
            Self::And => ("and", AND),
            Self::Equal => ("==", COMPARISON),
            Self::NotEqual => ("!=", COMPARISON),
            Self::Less => ("<", COMPARISON),
            Self::LessEqual => ("<=", COMPARISON),
            Self::Greater => (">", COMPARISON),
            Self::GreaterEqual => (">=", COMPARISON),
            Self::In => ("in", COMPARISON),
            Self::NotIn => ("not in", COMPARISON),
            Self::Add => ("+", SUM),
            Self::Subtract => ("-", SUM),
            Self::Multiply => ("*", PRODUCT),
            Self::Divide => ("/", PRODUCT),
            Self::FloorDivide => ("//", PRODUCT),
            Self::Remainder => ("%", PRODUCT),
        }
    }
}
