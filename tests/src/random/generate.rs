//! Makes random programs from seeds: the same seed gives the same program on every machine.
//!
//! Expressions are made for a type, and every variable keeps values of its type, so that most of a program works;
//! mistakes are made on purpose, more of them inside `try`. Backward jumps burn fuel, so that programs end.
//! Parallel bodies change shared variables only in ways whose order does not matter.

use super::evaluate::{Outcome, evaluate};
use super::program::{Accessor, Case, Target};
use super::program::{Action, Data, Expr, Next, Program, Routine, Scalar, Step};

mod expressions;
mod parallel;
mod steps;

/// A program with what it must come to.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The program.
    pub program: Program,
    /// Its outcome.
    pub outcome: Outcome,
}

/// The program of a seed.
pub fn generate(seed: u64) -> Generated {
    // A program that does too much gives way to another one; small programs come in the end.
    let mut random = Random(seed);
    for attempt in 0_usize.. {
        let budget = 3 + random.below(27_usize.saturating_sub(attempt).max(4));
        let program = Generator::new(random.next(), budget).program();
        if let Some(outcome) = evaluate(&program) {
            return Generated { program, outcome };
        }
    }
    unreachable!("the attempts have no end")
}

/// The SplitMix64 sequence.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or(0)
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// What a variable or an expression is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Int,
    Double,
    Str,
    Bool,
    /// Mostly of integers.
    List,
    /// Mostly of integers, under the keys of [`KEYS`].
    Map,
    Any,
}

const TYPES: [Type; 7] = [Type::Int, Type::Double, Type::Str, Type::Bool, Type::List, Type::Map, Type::Any];
const KEYS: [&str; 4] = ["a", "b", "c", "key 4"];

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    kind: Type,
    writable: bool,
}

/// What subworkflows later in the program offer.
#[derive(Debug, Clone)]
struct Signature {
    name: String,
    params: Vec<(String, Type, Option<Scalar>)>,
    result: Type,
    parallel: bool,
}

/// Where a step stands.
#[derive(Debug, Clone, Default)]
struct Place {
    variables: Vec<Variable>,
    /// The list to which steps say that they ran; none where it cannot be written.
    log: Option<String>,
    /// The counter that backward jumps burn.
    fuel: String,
    /// Steps that a jump may lead to.
    forward: Vec<String>,
    backward: Vec<String>,
    can_break: bool,
    can_continue: bool,
    can_return: bool,
    /// Chance of a mistake in an expression node, in thousandths.
    mistakes: usize,
    /// Scopes around.
    depth: usize,
    /// Loops around.
    loops: usize,
    /// Parallel steps around.
    parallel: usize,
    /// Shared variables of the parallel steps around.
    shared: Vec<parallel::Shared>,
    /// Whether subworkflows may be called.
    calls: bool,
    /// The error variable of the `except` around.
    error: Option<String>,
}

struct Generator {
    random: Random,
    budget: usize,
    steps: usize,
    accumulators: usize,
    signatures: Vec<Signature>,
    predicates: Vec<String>,
    recursive: Option<String>,
}

impl Generator {
    fn new(seed: u64, budget: usize) -> Self {
        Self {
            random: Random(seed),
            budget,
            steps: 0,
            accumulators: 0,
            signatures: Vec::new(),
            predicates: Vec::new(),
            recursive: None,
        }
    }

    /// Subworkflows first, the last one first: each may call those that exist already.
    fn program(mut self) -> Program {
        let mut subworkflows = Vec::new();
        for number in 0..self.random.below(3) {
            let routine = self.predicate(number);
            self.predicates.push(routine.name.clone());
            subworkflows.push(routine);
        }
        if self.random.percent(30) {
            let routine = self.recursion();
            self.recursive = Some(routine.name.clone());
            subworkflows.push(routine);
        }
        for number in 0..self.random.below(4) {
            let routine = self.subworkflow(number);
            subworkflows.push(routine);
        }
        let main = self.main();
        subworkflows.reverse();
        Program { main, subworkflows }
    }

    fn main(&mut self) -> Routine {
        let mut place = Place { can_return: true, calls: true, mistakes: 3, ..Place::default() };
        let count = 6 + self.random.below(9);
        let mut steps = vec![self.variables(&mut place, count, "main_log")];
        let (budget, list) = (self.budget, &mut steps);
        list.extend(self.list(&place, budget));
        let all = place.variables.iter().map(|variable| variable.name.as_str()).chain(["main_log"]);
        let entry =
            |name: &str| (super::program::Key::Name(name.to_owned()), Data::Expr(Expr::variable(name)));
        let result = Data::Map(all.filter(|name| *name != "late").map(entry).collect());
        steps.push(self.late());
        steps.push(self.named(Action::Return(result)));
        self.finish("main", Vec::new(), steps)
    }

    fn subworkflow(&mut self, number: usize) -> Routine {
        let name = format!("sub{number}");
        let mut place = Place { can_return: true, calls: true, mistakes: 3, ..Place::default() };
        let mut params: Vec<(String, Type, Option<Scalar>)> = Vec::new();
        for index in 0..self.random.below(4) {
            let kind = *self.random.pick(&TYPES);
            let optional =
                params.last().is_some_and(|(_, _, default)| default.is_some()) || self.random.percent(30);
            let scalar = [Type::List, Type::Map].contains(&kind);
            let kind = if optional && scalar { Type::Int } else { kind };
            let default = optional.then(|| self.constant(kind));
            params.push((format!("p{index}"), kind, default));
        }
        for (name, kind, _) in &params {
            place.variables.push(Variable { name: name.clone(), kind: *kind, writable: true });
        }
        let mut steps = vec![self.variables(&mut place, 5, "log")];
        let budget = 1 + self.random.below(5);
        steps.extend(self.list(&place, budget));
        steps.push(self.late());
        let result = *self.random.pick(&TYPES);
        match self.random.below(10) {
            0 => {}
            1 => {
                let mut step = self.late();
                step.next = Some(Next::End);
                steps.push(step);
            }
            _ => {
                let value = self.data(&place, result, 2);
                steps.push(self.named(Action::Return(value)));
            }
        }
        let parallel = uses_parallel(&steps) || self.signatures.iter().any(|signature| signature.parallel);
        let declared = params.iter().map(|(name, _, default)| (name.clone(), default.clone())).collect();
        self.signatures.push(Signature { name: name.clone(), params, result, parallel });
        self.finish(&name, declared, steps)
    }

    /// A subworkflow that decides about retries.
    fn predicate(&mut self, number: usize) -> Routine {
        let error = || Expr::variable("error");
        let tags = Expr::Member(Box::new(error()), "tags".to_owned());
        let typed = Expr::call("get_type", vec![error()]);
        let answer = match self.random.below(7) {
            0 => Expr::binary(Expr::text("KeyError"), super::program::Binary::In, tags),
            1 => Expr::binary(Expr::text("TypeError"), super::program::Binary::In, tags),
            2 => Expr::binary(error(), super::program::Binary::Equal, Expr::text("boom")),
            3 => Expr::binary(typed, super::program::Binary::Equal, Expr::text("map")),
            4 => Expr::int(1),
            5 => Expr::Member(Box::new(error()), "retry".to_owned()),
            _ => Expr::Scalar(Scalar::Bool(true)),
        };
        let mut steps = Vec::new();
        if self.random.percent(30) {
            steps.push(self.sleep());
        }
        if self.random.percent(90) {
            steps.push(self.named(Action::Return(Data::Expr(answer))));
        } else {
            let condition = answer;
            let action = Action::Return(Data::Scalar(Scalar::Bool(true)));
            steps.push(self.named(Action::Switch(vec![Case { condition, action, next: None }])));
        }
        Routine { name: format!("wants{number}"), params: vec![("error".to_owned(), None)], steps }
    }

    /// A subworkflow that calls itself as often as its argument says.
    fn recursion(&mut self) -> Routine {
        use super::program::Binary;
        let n = || Expr::variable("n");
        let less = Expr::binary(n(), Binary::Subtract, Expr::int(1));
        let mut steps = vec![self.named(Action::Switch(vec![Case {
            condition: Expr::binary(n(), Binary::LessEqual, Expr::int(0)),
            action: Action::Return(Data::Scalar(Scalar::Int(0))),
            next: None,
        }]))];
        if self.random.percent(20) {
            steps.push(self.sleep());
        }
        if self.random.percent(50) {
            let inner = Expr::call("recursive", vec![less]);
            let sum = Expr::binary(n(), Binary::Add, inner);
            steps.push(self.named(Action::Return(Data::Expr(sum))));
        } else {
            steps.push(self.named(Action::Call {
                callee: "recursive".to_owned(),
                args: vec![("n".to_owned(), Data::Expr(less))],
                result: Some("inner".to_owned()),
            }));
            let sum = Expr::binary(Expr::variable("inner"), Binary::Add, n());
            steps.push(self.named(Action::Return(Data::Expr(sum))));
        }
        Routine { name: "recursive".to_owned(), params: vec![("n".to_owned(), None)], steps }
    }

    /// A step that gives a routine its variables, `count` of them, a log and fuel.
    fn variables(&mut self, place: &mut Place, count: usize, log: &str) -> Step {
        const NAMES: [(&str, Type); 14] = [
            ("i0", Type::Int),
            ("l0", Type::List),
            ("m0", Type::Map),
            ("s0", Type::Str),
            ("i1", Type::Int),
            ("b0", Type::Bool),
            ("d0", Type::Double),
            ("a0", Type::Any),
            ("l1", Type::List),
            ("m1", Type::Map),
            ("s1", Type::Str),
            ("d1", Type::Double),
            ("b1", Type::Bool),
            ("map", Type::Map),
        ];
        let mut entries = Vec::new();
        for (name, kind) in &NAMES[..count] {
            entries.push((whole(name), self.start_value(*kind)));
            place.variables.push(Variable { name: (*name).to_owned(), kind: *kind, writable: true });
        }
        let fuel = 1 + self.random.below(4);
        entries.push((whole("fuel"), Data::Scalar(Scalar::Int(i64::try_from(fuel).unwrap_or(1)))));
        entries.push((whole(log), Data::List(Vec::new())));
        place.log = Some(log.to_owned());
        place.fuel = "fuel".to_owned();
        if self.random.percent(30) {
            place.variables.push(Variable { name: "late".to_owned(), kind: Type::Int, writable: false });
        }
        self.named(Action::Assign(entries))
    }

    /// Assigns the variable that earlier steps may read, for which they get a `KeyError`.
    fn late(&mut self) -> Step {
        self.named(Action::Assign(vec![(whole("late"), Data::Scalar(Scalar::Int(1)))]))
    }

    fn named(&mut self, action: Action) -> Step {
        Step { name: self.name(), action, next: None }
    }

    fn name(&mut self) -> String {
        self.steps += 1;
        format!("step{}", self.steps)
    }

    /// Some jumps to blocks become jumps into them.
    fn finish(&mut self, name: &str, params: Vec<(String, Option<Scalar>)>, mut steps: Vec<Step>) -> Routine {
        let mut inner = Vec::new();
        steps.iter().for_each(|step| enterable(step, &mut inner));
        each_next(&mut steps, &mut |next| {
            let Next::Step(target) = next else { return };
            let into: Vec<&String> =
                inner.iter().filter(|(owner, _)| owner == target).map(|(_, name)| name).collect();
            if !into.is_empty() && self.random.percent(25) {
                let name = (*self.random.pick(&into)).clone();
                *target = name;
            }
        });
        Routine { name: name.to_owned(), params, steps }
    }
}

/// An assignment to a whole variable.
fn whole(name: &str) -> Target {
    Target { root: name.to_owned(), accessors: Vec::<Accessor>::new() }
}

/// Steps directly in `steps` and `switch` blocks, with the steps that they stand in.
fn enterable(step: &Step, found: &mut Vec<(String, String)>) {
    let mut block = |steps: &[Step]| {
        for inner in steps {
            found.push((step.name.clone(), inner.name.clone()));
            enterable(inner, found);
        }
    };
    match &step.action {
        Action::Steps(steps) => block(steps),
        Action::Switch(cases) => {
            for case in cases {
                if let Action::Steps(steps) = &case.action {
                    block(steps);
                }
            }
        }
        _ => {}
    }
}

/// Lists of steps directly in an action.
pub(super) fn lists(action: &mut Action) -> Vec<&mut Vec<Step>> {
    use super::program::Bodies;
    match action {
        Action::Steps(steps) => vec![steps],
        Action::For(body) => vec![&mut body.steps],
        Action::Switch(cases) => cases.iter_mut().flat_map(|case| lists(&mut case.action)).collect(),
        Action::Parallel(parallel) => match &mut parallel.bodies {
            Bodies::Branches(branches) => branches.iter_mut().map(|(_, steps)| steps).collect(),
            Bodies::For(body) => vec![&mut body.steps],
        },
        Action::Try(action) => {
            let mut all = lists(&mut action.body);
            all.extend(action.except.as_mut().map(|except| &mut except.steps));
            all
        }
        _ => Vec::new(),
    }
}

fn each_next(steps: &mut [Step], change: &mut impl FnMut(&mut Next)) {
    for step in steps {
        step.next.iter_mut().for_each(&mut *change);
        if let Action::Switch(cases) = &mut step.action {
            cases.iter_mut().filter_map(|case| case.next.as_mut()).for_each(&mut *change);
        }
        for list in lists(&mut step.action) {
            each_next(list, change);
        }
    }
}

fn uses_parallel(steps: &[Step]) -> bool {
    let mut steps = steps.to_vec();
    steps.iter_mut().any(|step| {
        matches!(step.action, Action::Parallel(_))
            || lists(&mut step.action).into_iter().any(|list| uses_parallel(list))
    })
}
