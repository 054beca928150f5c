//! A direct evaluator of random programs: it walks the tree, as `language.md` reads, without a thought for speed.
//!
//! Parallel bodies run one after the other. That gives the right result because the generator only writes bodies
//! whose effects on shared variables commute; the time that they would take together is computed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use self::value::{Value, binary, error, key_error, numeric, type_error, unary, value_error};
use super::program::{
    Accessor, Action, Binary, Bodies, Case, Data, Expr, Key, Loop, Next, Parallel, Program, Retry, Routine,
    Step, Target, Try,
};

mod library;
mod value;

/// Calls within calls (`language.md` §14.1).
const CALL_DEPTH: usize = 20;
/// Parallel steps within parallel steps.
const PARALLEL_DEPTH: usize = 2;
/// Parallel bodies that run at once.
const CONCURRENT_BODIES: usize = 20;
/// Steps after which a program is too much for a test.
const STEPS: usize = 4_000;
/// Size of a value that is too much for a test.
const WEIGHT: usize = 4_000;
/// Time that is too much for a test; an execution may take a year.
const SECONDS: f64 = 2e7;

/// How an execution ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// With this result.
    Returned(Json),
    /// With this uncaught error.
    Raised(Json),
}

/// What an execution comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ends; see [`comparable`].
    pub ending: Ending,
    /// Seconds that it takes.
    pub seconds: f64,
    /// How often it waits: each time the timers, which tick in milliseconds, may be late.
    pub waits: u32,
}

/// The outcome of a program; nothing when it runs for too long or makes values that are too large for a test.
pub fn evaluate(program: &Program) -> Option<Outcome> {
    let mut evaluator = Evaluator { program, now: 0.0, waits: 0, steps: 0, depth: 0, nesting: 0 };
    let ending = match evaluator.call(&program.main, Vec::new()) {
        Ok(value) => Ending::Returned(comparable(json(&value)?)),
        Err(Stop::Raise(value)) => Ending::Raised(comparable(json(&value)?)),
        Err(Stop::TooMuch) => return None,
    };
    Some(Outcome { ending, seconds: evaluator.now, waits: evaluator.waits })
}

fn json(value: &Value) -> Option<Json> {
    serde_json::from_str(&value.json_text()?).ok()
}

/// Takes out what is not specified: messages of the language's own errors, and the stack traces of parallel bodies.
pub fn comparable(json: Json) -> Json {
    match json {
        Json::Array(items) => items.into_iter().map(comparable).collect(),
        Json::Object(entries) => {
            let has = |key| entries.contains_key(key);
            let unspecified = match (has("tags") && has("message"), has("context") && has("payload")) {
                (true, _) => "message",
                (_, true) => "context",
                _ => "",
            };
            let kept = entries.into_iter().filter(|(key, _)| key != unspecified);
            Json::Object(kept.map(|(key, value)| (key, comparable(value))).collect())
        }
        // Zeros are equal, whatever their sign.
        Json::Number(number) if number.as_f64() == Some(0.0) => Json::from(0),
        other => other,
    }
}

/// Why evaluation of something stops.
enum Stop {
    Raise(Value),
    TooMuch,
}

impl From<Value> for Stop {
    fn from(value: Value) -> Self {
        Self::Raise(value)
    }
}

type Result<T = Value> = std::result::Result<T, Stop>;

/// What comes after a step.
enum Flow<'p> {
    On,
    Jump(&'p str),
    Break,
    Continue,
    End,
    Return(Value),
}

/// The variables of a (sub)workflow, loop body, `except` block or parallel body.
struct Scope<'p> {
    declared: BTreeSet<&'p str>,
    values: BTreeMap<&'p str, Value>,
}

impl<'p> Scope<'p> {
    fn new(declared: impl IntoIterator<Item = &'p str>, steps: &'p [Step]) -> Self {
        let mut scope = Self { declared: declared.into_iter().collect(), values: BTreeMap::new() };
        steps.iter().for_each(|step| scope.declare(&step.action));
        scope
    }

    fn declare(&mut self, action: &'p Action) {
        match action {
            Action::Assign(entries) => {
                let whole = entries.iter().filter(|(target, _)| target.accessors.is_empty());
                self.declared.extend(whole.map(|(target, _)| target.root.as_str()));
            }
            Action::Call { result, .. } => self.declared.extend(result.as_deref()),
            Action::Switch(cases) => cases.iter().for_each(|case| self.declare(&case.action)),
            Action::Steps(steps) => steps.iter().for_each(|step| self.declare(&step.action)),
            Action::Try(action) => self.declare(&action.body),
            Action::Nothing | Action::For(_) | Action::Parallel(_) | Action::Raise(_) | Action::Return(_) => {
            }
        }
    }
}

/// Scopes from the outermost in. A name belongs to the outermost scope that declares it.
type Frame<'p> = Vec<Scope<'p>>;

fn variable<'f, 'p>(frame: &'f mut Frame<'p>, name: &'p str) -> Result<&'f mut Scope<'p>> {
    match frame.iter_mut().find(|scope| scope.declared.contains(name)) {
        Some(scope) => Ok(scope),
        None => key_error().map_err(Stop::Raise),
    }
}

fn set<'p>(frame: &mut Frame<'p>, name: &'p str, value: Value) -> Result<()> {
    if value.weight() > WEIGHT {
        return Err(Stop::TooMuch);
    }
    variable(frame, name)?.values.insert(name, value);
    Ok(())
}

struct Evaluator<'p> {
    program: &'p Program,
    /// Seconds since the execution began.
    now: f64,
    /// How often it waited.
    waits: u32,
    steps: usize,
    depth: usize,
    nesting: usize,
}

impl<'p> Evaluator<'p> {
    fn call(&mut self, routine: &'p Routine, args: Vec<Option<Value>>) -> Result {
        if self.depth >= CALL_DEPTH {
            return Ok(error(&["RecursionError"])?);
        }
        let params = routine.params.iter().map(|(name, _)| name.as_str());
        let mut scope = Scope::new(params, &routine.steps);
        let mut args = args.into_iter();
        for (name, default) in &routine.params {
            let default = default.as_ref().map_or(Value::Null, Value::constant);
            scope.values.insert(name, args.next().flatten().unwrap_or(default));
        }
        let mut frame = vec![scope];
        self.depth += 1;
        let flow = self.list(&mut frame, &routine.steps, None);
        self.depth -= 1;
        match flow? {
            Flow::Return(value) => Ok(value),
            _ => Ok(Value::Null),
        }
    }

    /// Runs a list of steps, from its first step or from the one that is jumped to.
    fn list(
        &mut self,
        frame: &mut Frame<'p>,
        steps: &'p [Step],
        mut entry: Option<&'p str>,
    ) -> Result<Flow<'p>> {
        let place = |name| steps.iter().position(|step| holds(step, name));
        let mut position = entry.and_then(place).unwrap_or(0);
        while let Some(step) = steps.get(position) {
            let inner = entry.take().filter(|name| *name != step.name);
            match self.step(frame, step, inner)? {
                Flow::On => position += 1,
                Flow::Jump(name) => match place(name) {
                    Some(target) => (position, entry) = (target, Some(name)),
                    None => return Ok(Flow::Jump(name)),
                },
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn step(&mut self, frame: &mut Frame<'p>, step: &'p Step, entry: Option<&'p str>) -> Result<Flow<'p>> {
        self.count()?;
        Ok(match self.action(frame, &step.action, entry)? {
            Flow::On => follow(step.next.as_ref()),
            other => other,
        })
    }

    fn count(&mut self) -> Result<()> {
        self.steps += 1;
        if self.steps > STEPS { Err(Stop::TooMuch) } else { Ok(()) }
    }

    fn action(
        &mut self,
        frame: &mut Frame<'p>,
        action: &'p Action,
        entry: Option<&'p str>,
    ) -> Result<Flow<'p>> {
        match action {
            Action::Nothing => {}
            Action::Assign(entries) => {
                for (target, value) in entries {
                    let value = self.data(frame, value)?;
                    self.assign(frame, target, value)?;
                }
            }
            Action::Call { callee, args, result } => {
                let value = self.call_step(frame, callee, args)?;
                if let Some(name) = result {
                    set(frame, name, value)?;
                }
            }
            Action::Switch(cases) => return self.switch(frame, cases, entry),
            Action::For(body) => return self.for_loop(frame, body),
            Action::Parallel(parallel) => self.parallel(frame, parallel)?,
            Action::Try(action) => return self.guarded(frame, action),
            Action::Raise(value) => return Err(Stop::Raise(self.data(frame, value)?)),
            Action::Return(value) => {
                let value = self.data(frame, value)?;
                if self.depth == 1 && value.json_text().is_none() {
                    value_error::<()>()?;
                }
                return Ok(Flow::Return(value));
            }
            Action::Steps(steps) => return self.list(frame, steps, entry),
        }
        Ok(Flow::On)
    }

    fn assign(&mut self, frame: &mut Frame<'p>, target: &'p Target, value: Value) -> Result<()> {
        let mut keys = Vec::new();
        for accessor in &target.accessors {
            keys.push(match accessor {
                Accessor::Member(name) => Value::text(name),
                Accessor::Index(expr) => self.expr(frame, expr)?,
            });
        }
        if keys.is_empty() {
            return set(frame, &target.root, value);
        }
        if value.weight() > WEIGHT {
            return Err(Stop::TooMuch);
        }
        match variable(frame, &target.root)?.values.get_mut(target.root.as_str()) {
            Some(root) => Ok(root.store(&keys, value)?),
            None => Ok(key_error()?),
        }
    }

    fn call_step(&mut self, frame: &mut Frame<'p>, callee: &'p str, args: &'p [(String, Data)]) -> Result {
        let mut values = BTreeMap::new();
        for (name, value) in args {
            values.insert(name.as_str(), self.data(frame, value)?);
        }
        if callee == "sys.sleep" {
            return self.sleep(values.remove("seconds"));
        }
        let Some(routine) = self.routine(callee) else { unreachable!("`{callee}` is not a subworkflow") };
        let args = routine.params.iter().map(|(name, _)| values.remove(name.as_str())).collect();
        self.call(routine, args)
    }

    fn sleep(&mut self, seconds: Option<Value>) -> Result {
        let Some(seconds) = seconds.and_then(|value| value.number()) else { return Ok(type_error()?) };
        if !(0.0..=31_536_000.0).contains(&seconds) {
            return Ok(value_error()?);
        }
        self.wait(seconds)?;
        Ok(Value::Null)
    }

    fn wait(&mut self, seconds: f64) -> Result<()> {
        self.now += seconds;
        self.waits += 1;
        if self.now > SECONDS { Err(Stop::TooMuch) } else { Ok(()) }
    }

    fn routine(&self, name: &str) -> Option<&'p Routine> {
        self.program.subworkflows.iter().find(|routine| routine.name == name)
    }

    fn switch(
        &mut self,
        frame: &mut Frame<'p>,
        cases: &'p [Case],
        entry: Option<&'p str>,
    ) -> Result<Flow<'p>> {
        for case in cases {
            let chosen = match entry {
                Some(name) => within(&case.action, name),
                None => match self.expr(frame, &case.condition)? {
                    Value::Bool(flag) => flag,
                    _ => type_error()?,
                },
            };
            if chosen {
                return Ok(match self.action(frame, &case.action, entry)? {
                    Flow::On => follow(case.next.as_ref()),
                    other => other,
                });
            }
        }
        Ok(Flow::On)
    }

    fn for_loop(&mut self, frame: &mut Frame<'p>, body: &'p Loop) -> Result<Flow<'p>> {
        let over = self.data(frame, &body.over)?;
        for (index, value) in elements(body.range, over)?.into_iter().enumerate() {
            self.count()?;
            frame.push(iteration(body, index, value));
            let flow = self.list(frame, &body.steps, None);
            frame.pop();
            match flow? {
                Flow::On | Flow::Continue => {}
                Flow::Break => break,
                other => return Ok(other),
            }
        }
        Ok(Flow::On)
    }

    fn guarded(&mut self, frame: &mut Frame<'p>, action: &'p Try) -> Result<Flow<'p>> {
        let mut attempt = 0;
        let raised = loop {
            match self.action(frame, &action.body, None) {
                Err(Stop::Raise(value)) => match &action.retry {
                    Some(retry)
                        if attempt < retry.max_retries.unwrap_or(5) && self.retries(retry, &value)? =>
                    {
                        let [initial, max, multiplier] = retry.backoff.unwrap_or([1.0, 60.0, 1.25]);
                        #[allow(clippy::cast_possible_truncation, reason = "there are few attempts")]
                        let delay = initial * multiplier.powi(attempt as i32);
                        self.wait(delay.min(max))?;
                        attempt += 1;
                        self.count()?;
                    }
                    _ => break value,
                },
                other => return other,
            }
        };
        let Some(except) = &action.except else { return Err(Stop::Raise(raised)) };
        let mut scope = Scope::new(except.variable.as_deref(), &except.steps);
        if let Some(name) = &except.variable {
            scope.values.insert(name, raised);
        }
        frame.push(scope);
        let flow = self.list(frame, &except.steps, None);
        frame.pop();
        flow
    }

    /// Whether the predicate wants another attempt. One that fails, or gives no boolean, does not.
    fn retries(&mut self, retry: &'p Retry, raised: &Value) -> Result<bool> {
        match retry.predicate.as_deref() {
            None | Some("retry.always") => Ok(true),
            Some("retry.never") => Ok(false),
            Some(name) => {
                let Some(routine) = self.routine(name) else { unreachable!("`{name}` is not a subworkflow") };
                match self.call(routine, vec![Some(raised.clone())]) {
                    Ok(Value::Bool(flag)) => Ok(flag),
                    Ok(_) | Err(Stop::Raise(_)) => Ok(false),
                    Err(Stop::TooMuch) => Err(Stop::TooMuch),
                }
            }
        }
    }

    fn parallel(&mut self, frame: &mut Frame<'p>, parallel: &'p Parallel) -> Result<()> {
        let mut bodies: Vec<(Scope<'p>, &'p [Step])> = Vec::new();
        match &parallel.bodies {
            Bodies::Branches(branches) => {
                bodies.extend(branches.iter().map(|(_, steps)| (Scope::new(None, steps), steps.as_slice())));
            }
            Bodies::For(body) => {
                let over = self.data(frame, &body.over)?;
                for (index, value) in elements(body.range, over)?.into_iter().enumerate() {
                    bodies.push((iteration(body, index, value), &body.steps));
                }
            }
        }
        if self.nesting >= PARALLEL_DEPTH {
            return Ok(error(&["ParallelNestingError"])?);
        }
        let places = parallel.limit.unwrap_or(CONCURRENT_BODIES).min(CONCURRENT_BODIES);
        self.nesting += 1;
        let failures = self.bodies(frame, bodies, places);
        self.nesting -= 1;
        let failures = failures?;
        if failures.is_empty() { Ok(()) } else { Err(Stop::Raise(branch_error(failures))) }
    }

    /// Runs bodies, each as soon as one of the places is free; gives the errors with the bodies' numbers.
    fn bodies(
        &mut self,
        frame: &mut Frame<'p>,
        bodies: Vec<(Scope<'p>, &'p [Step])>,
        places: usize,
    ) -> Result<Vec<(usize, Value)>> {
        let begin = self.now;
        let mut end = begin;
        let mut ends: Vec<f64> = Vec::new();
        let mut failures = Vec::new();
        for (number, (scope, steps)) in bodies.into_iter().enumerate() {
            self.count()?;
            self.now = begin;
            if ends.len() >= places {
                ends.sort_by(f64::total_cmp);
                self.now = ends.remove(0);
            }
            frame.push(scope);
            let flow = self.list(frame, steps, None);
            frame.pop();
            match flow {
                Err(Stop::Raise(value)) => failures.push((number, value)),
                Err(Stop::TooMuch) => return Err(Stop::TooMuch),
                Ok(_) => {}
            }
            ends.push(self.now);
            end = end.max(self.now);
        }
        self.now = end;
        Ok(failures)
    }

    fn data(&mut self, frame: &mut Frame<'p>, data: &'p Data) -> Result {
        Ok(match data {
            Data::Scalar(scalar) => Value::constant(scalar),
            Data::Expr(expr) => self.expr(frame, expr)?,
            Data::List(items) => {
                Value::List(items.iter().map(|item| self.data(frame, item)).collect::<Result<_>>()?)
            }
            Data::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, value) in entries {
                    let key = match key {
                        Key::Name(name) => name.clone(),
                        Key::Expr(expr) => match self.expr(frame, expr)? {
                            Value::Str(text) => text,
                            _ => type_error()?,
                        },
                    };
                    map.insert(key, self.data(frame, value)?);
                }
                Value::Map(map)
            }
        })
    }

    fn expr(&mut self, frame: &mut Frame<'p>, expr: &'p Expr) -> Result {
        match expr {
            Expr::Scalar(scalar) => Ok(Value::constant(scalar)),
            Expr::Variable(name) => match variable(frame, name)?.values.get(name.as_str()) {
                Some(value) => Ok(value.clone()),
                None => Ok(key_error()?),
            },
            Expr::List(items) => self.exprs(frame, items).map(Value::List),
            Expr::Unary(operator, operand) => Ok(unary(*operator, self.expr(frame, operand)?)?),
            Expr::Binary(left, operator @ (Binary::And | Binary::Or), right) => {
                let left = self.boolean(frame, left)?;
                let decided = left == (*operator == Binary::Or);
                Ok(Value::Bool(if decided { left } else { self.boolean(frame, right)? }))
            }
            Expr::Binary(left, operator, right) => {
                let left = self.expr(frame, left)?;
                let right = self.expr(frame, right)?;
                Ok(binary(&left, *operator, &right)?)
            }
            Expr::Member(of, name) => Ok(self.expr(frame, of)?.get(&Value::text(name))?.clone()),
            Expr::Index(of, index) => {
                let of = self.expr(frame, of)?;
                let index = self.expr(frame, index)?;
                Ok(of.get(&index)?.clone())
            }
            Expr::Call(name, args) => {
                let args = self.exprs(frame, args)?;
                match self.routine(name) {
                    Some(routine) => self.call(routine, args.into_iter().map(Some).collect()),
                    None => Ok(library::call(name, args)?),
                }
            }
        }
    }

    fn exprs(&mut self, frame: &mut Frame<'p>, exprs: &'p [Expr]) -> Result<Vec<Value>> {
        exprs.iter().map(|expr| self.expr(frame, expr)).collect()
    }

    fn boolean(&mut self, frame: &mut Frame<'p>, expr: &'p Expr) -> Result<bool> {
        match self.expr(frame, expr)? {
            Value::Bool(flag) => Ok(flag),
            _ => Ok(type_error()?),
        }
    }
}

fn follow(next: Option<&Next>) -> Flow<'_> {
    match next {
        None => Flow::On,
        Some(Next::Step(name)) => Flow::Jump(name),
        Some(Next::End) => Flow::End,
        Some(Next::Break) => Flow::Break,
        Some(Next::Continue) => Flow::Continue,
    }
}

/// Whether a jump to a step leads to this one, or into its `steps` or `switch`.
fn holds(step: &Step, name: &str) -> bool {
    step.name == name || within(&step.action, name)
}

fn within(action: &Action, name: &str) -> bool {
    match action {
        Action::Steps(steps) => steps.iter().any(|step| holds(step, name)),
        Action::Switch(cases) => cases.iter().any(|case| within(&case.action, name)),
        _ => false,
    }
}

/// The scope of an iteration.
fn iteration(body: &Loop, index: usize, value: Value) -> Scope<'_> {
    let mut scope = Scope::new([body.value.as_str()], &body.steps);
    scope.values.insert(&body.value, value);
    if let Some(name) = &body.index {
        scope.declared.insert(name);
        scope.values.insert(name, Value::Int(i64::try_from(index).unwrap_or(i64::MAX)));
    }
    scope
}

/// What a loop runs over.
fn elements(range: bool, over: Value) -> Result<Vec<Value>> {
    let Value::List(items) = over else { return Ok(type_error()?) };
    if !range {
        return Ok(items);
    }
    let [first, last] = &items[..] else { return Ok(value_error()?) };
    if first.number().is_none() || last.number().is_none() {
        return Ok(type_error()?);
    }
    let mut numbers = Vec::new();
    let mut next = first.clone();
    while numeric(&next, last).is_some_and(std::cmp::Ordering::is_le) {
        numbers.push(next.clone());
        if numbers.len() > STEPS {
            return Err(Stop::TooMuch);
        }
        next = match next {
            Value::Int(i64::MAX) => break,
            Value::Int(n) => Value::Int(n + 1),
            Value::Double(x) => Value::Double(x + 1.0),
            other => other,
        };
    }
    Ok(numbers)
}

/// The error of a parallel step from the errors of its bodies.
fn branch_error(failures: Vec<(usize, Value)>) -> Value {
    let mut tags = vec![Value::text("UnhandledBranchError")];
    let mut branches = Vec::new();
    for (number, raised) in failures {
        let own = match raised.get(&Value::text("tags")) {
            Ok(Value::List(tags)) if !tags.is_empty() => tags.clone(),
            _ => vec![Value::text("RuntimeError")],
        };
        for tag in own {
            if !tags.iter().any(|known| value::equal(known, &tag)) {
                tags.push(tag);
            }
        }
        let payload = match raised {
            Value::Map(_) => raised,
            other => Value::Str(other.json_text().unwrap_or_default()),
        };
        let error = Value::map([("context", Value::text("unspecified")), ("payload", payload)]);
        branches.push(Value::map([("id", Value::Str(number.to_string())), ("error", error)]));
    }
    Value::map([
        ("branches", Value::List(branches)),
        ("message", Value::text("unspecified")),
        ("tags", Value::List(tags)),
        ("truncated", Value::Bool(false)),
    ])
}
