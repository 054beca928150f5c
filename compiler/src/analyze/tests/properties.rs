//! Whatever the definition looks like: no panic, either a diagnostic or a program, and every program is closed.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::analyze::testing::check;
use crate::program::{
    Action, Callee, Expr, ExprKind, Jump, Over, ParallelBodies, Predicate, Program, Routine, RoutineId,
    RoutineKind, SlotId, Step, StepId, Variable,
};

/// `a`, `b` and `c` exist in the whole workflow, `x` only where it is assigned.
fn name() -> impl Strategy<Value = String> + Clone {
    select(vec!["a", "b", "c", "a", "b", "c", "x"]).prop_map(str::to_owned)
}

fn data() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![
        Just(json!(1)),
        select(vec!["a", "b", "c"]).prop_map(|name| json!(format!("${{{name}}}"))),
        select(vec!["a", "b", "c"]).prop_map(|name| json!({"k": format!("${{default({name}, sub(1))}}")})),
    ]
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (name(), data()).prop_map(|(name, value)| json!({"assign": [{name: value}, {"a.k": 1}]})),
        4 => (name(), data())
            .prop_map(|(result, value)| json!({"call": "sub", "args": {"p": value}, "result": result})),
        2 => (0..40_u32).prop_map(|n| json!({"next": n})),
        1 => Just(json!({"next": "end"})),
        1 => select(vec!["break", "continue"]).prop_map(|next| json!({"next": next})),
        1 => data().prop_map(|value| json!({"return": value})),
    ]
}

fn body() -> impl Strategy<Value = Value> {
    plain().prop_recursive(4, 16, 3, |inner| {
        let steps = prop::collection::vec(inner.clone(), 1..3)
            .prop_map(|bodies| bodies.into_iter().map(|body| json!({"": body})).collect::<Vec<_>>())
            .boxed();
        let run = (data(), steps.clone())
            .prop_map(|(list, steps)| json!({"value": "", "in": [list], "steps": steps}))
            .boxed();
        let shared = select(vec![vec!["a", "b", "c"], vec!["a", "b", "c"], vec!["a"]]);
        prop_oneof![
            steps.clone().prop_map(|steps| json!({"steps": steps})),
            run.clone().prop_map(|run| json!({"for": run})),
            (run, shared.clone())
                .prop_map(|(run, shared)| json!({"parallel": {"shared": shared, "for": run}})),
            (steps.clone(), steps.clone(), shared).prop_map(|(one, two, shared)| json!({
                "parallel": {"shared": shared, "branches": [{"x": {"steps": one}}, {"y": {"steps": two}}]}
            })),
            (inner.clone(), steps.clone()).prop_map(|(body, steps)| json!({
                "try": body, "retry": {"predicate": "${sub}"}, "except": {"as": "e", "steps": steps}
            })),
            (data(), inner).prop_map(|(condition, mut case)| {
                case["condition"] = if condition.is_string() { condition } else { json!(true) };
                json!({"switch": [case]})
            }),
        ]
    })
}

/// Gives every step and loop variable a name of its own, in source order.
fn number(value: &mut Value, next: &mut u32) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| number(item, next)),
        Value::Object(fields) => {
            if let Some(mut body) = fields.remove("") {
                let name = format!("s{next}");
                *next += 1;
                number(&mut body, next);
                fields.insert(name, body);
                return;
            }
            if fields.get("value").is_some_and(|name| name == "") {
                fields.insert("value".to_owned(), json!(format!("v{next}")));
            }
            fields.values_mut().for_each(|item| number(item, next));
        }
        _ => {}
    }
}

/// Turns the numbers of `next` into names of steps.
fn aim(value: &mut Value, count: u32) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| aim(item, count)),
        Value::Object(fields) => {
            if let Some(n) = fields.get("next").and_then(Value::as_u64) {
                fields.insert("next".to_owned(), json!(format!("s{}", n % u64::from(count))));
            }
            fields.values_mut().for_each(|item| aim(item, count));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn programs_are_closed(bodies in prop::collection::vec(body(), 1..4)) {
        let mut steps: Value = bodies.into_iter().map(|body| json!({"": body})).collect();
        let mut count = 0;
        number(&mut steps, &mut count);
        aim(&mut steps, count);
        steps.as_array_mut().unwrap().insert(0, json!({"init": {"assign": [{"b": 0}, {"c": 0}]}}));
        let text = json!({
            "main": {"params": ["a"], "steps": steps},
            "sub": {"params": ["p"], "steps": [{"s": {"return": "${p}"}}]},
        })
        .to_string();
        let checked = check(&text);
        match checked.program {
            Some(program) => closed(&program),
            None => prop_assert!(!checked.diagnostics.is_empty(), "{text}"),
        }
    }
}

/// Panics when anything in the program refers to something that is not there.
fn closed(program: &Program) {
    assert_eq!(program.routines[program.main.0 as usize].kind, RoutineKind::Main);
    for routine in &program.routines {
        let mut ids = Vec::new();
        walk(&routine.body, &mut |step| ids.push(step.id));
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        let unique: HashSet<_> = routine.slots.iter().map(|slot| (&slot.name, slot.scope)).collect();
        assert_eq!(unique.len(), routine.slots.len(), "{:?}", routine.slots);
        let closed = Closed { program, routine, ids: ids.into_iter().collect() };
        closed.frame();
        walk(&routine.body, &mut |step| {
            closed.jump(step.next);
            closed.action(&step.action);
        });
    }
}

/// Visits all steps of a routine in source order.
fn walk(steps: &[Step], visit: &mut dyn FnMut(&Step)) {
    for step in steps {
        visit(step);
        walk_action(&step.action, visit);
    }
}

fn walk_action(action: &Action, visit: &mut dyn FnMut(&Step)) {
    match action {
        Action::Steps(steps) => walk(steps, visit),
        Action::For(body) => walk(&body.body, visit),
        Action::Switch(cases) => cases.iter().for_each(|case| walk_action(&case.action, visit)),
        Action::Try(block) => {
            walk_action(&block.body, visit);
            block.except.iter().for_each(|except| walk(&except.body, visit));
        }
        _ => {}
    }
}

struct Closed<'a> {
    program: &'a Program,
    routine: &'a Routine,
    ids: HashSet<StepId>,
}

impl Closed<'_> {
    fn frame(&self) {
        self.routine.params.iter().for_each(|param| self.slot(param.slot));
        self.routine.captures.iter().for_each(|capture| self.slot(capture.inner));
        if let RoutineKind::Iteration { value, index } = &self.routine.kind {
            self.slot(*value);
            index.iter().for_each(|index| self.slot(*index));
        }
        let body = matches!(self.routine.kind, RoutineKind::Branch { .. } | RoutineKind::Iteration { .. });
        assert!(body || (self.routine.captures.is_empty() && self.routine.shared.is_empty()));
    }

    fn slot(&self, slot: SlotId) {
        assert!((slot.0 as usize) < self.routine.slots.len(), "{slot:?}");
    }

    fn variable(&self, variable: Variable) {
        match variable {
            Variable::Slot(slot) => self.slot(slot),
            Variable::Shared(shared) => {
                assert!((shared.0 as usize) < self.routine.shared.len(), "{shared:?}")
            }
        }
    }

    fn called(&self, id: RoutineId) {
        assert_eq!(self.program.routines[id.0 as usize].kind, RoutineKind::Subworkflow);
    }

    fn jump(&self, jump: Option<Jump>) {
        if let Some(Jump::Step(id)) = jump {
            assert!(self.ids.contains(&id), "{id:?}");
        }
    }

    /// Checks one action without the steps inside it.
    fn action(&self, action: &Action) {
        match action {
            Action::Assign(entries) => entries.iter().for_each(|entry| {
                self.variable(entry.variable);
                self.expression(&entry.value);
                entry.accessors.iter().for_each(|accessor| self.expression(accessor));
            }),
            Action::Call(call) => {
                if let Callee::Routine(id) = call.callee {
                    self.called(id);
                }
                call.args.iter().flatten().for_each(|arg| self.expression(arg));
                call.result.iter().for_each(|result| self.variable(*result));
            }
            Action::Switch(cases) => cases.iter().for_each(|case| {
                self.expression(&case.condition);
                self.action(&case.action);
                self.jump(case.next);
            }),
            Action::For(body) => {
                self.over(&body.over);
                self.slot(body.value);
                body.locals.iter().for_each(|local| self.slot(*local));
                assert!(!body.locals.contains(&body.value));
            }
            Action::Parallel(parallel) => match &parallel.bodies {
                ParallelBodies::Branches(bodies) => bodies.iter().for_each(|body| self.forked(*body)),
                ParallelBodies::For { body, over } => {
                    self.forked(*body);
                    self.over(over);
                }
            },
            Action::Try(block) => {
                self.action(&block.body);
                self.jump(block.body_next);
                if let Some(Predicate::Routine(id)) = block.retry.as_ref().map(|retry| retry.predicate) {
                    self.called(id);
                }
                if let Some(except) = &block.except {
                    except.locals.iter().chain(&except.variable).for_each(|slot| self.slot(*slot));
                }
            }
            Action::Raise(data) | Action::Return(data) => self.expression(data),
            Action::Nothing | Action::Steps(_) => {}
        }
    }

    /// Checks what a parallel body takes from this routine.
    fn forked(&self, id: RoutineId) {
        let body = &self.program.routines[id.0 as usize];
        assert!(matches!(body.kind, RoutineKind::Branch { .. } | RoutineKind::Iteration { .. }));
        body.captures.iter().for_each(|capture| self.variable(capture.outer));
        body.shared.iter().for_each(|shared| self.variable(shared.outer));
    }

    fn over(&self, over: &Over) {
        let (Over::In(data) | Over::Range(data)) = over;
        self.expression(data);
    }

    fn expression(&self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Variable(variable, _) => self.variable(*variable),
            ExprKind::List(items) => items.iter().for_each(|item| self.expression(item)),
            ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expression(key);
                self.expression(value);
            }),
            ExprKind::Call(callee, args) => {
                if let Callee::Routine(id) = callee {
                    self.called(*id);
                }
                args.iter().flatten().for_each(|arg| self.expression(arg));
            }
            _ => {}
        }
    }
}
