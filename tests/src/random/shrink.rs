//! Makes a program smaller while a disagreement remains.

use super::generate::lists;
use super::program::{Accessor, Action, Bodies, Data, Expr, Key, Program, Routine, Scalar, Step};

/// Programs that are tried at once, and how often that is done at most.
const TRIES: usize = 24;
const ROUNDS: usize = 60;

/// A smaller program that still disagrees. `first` gives the position of the first one of some that does.
pub fn shrink(program: &Program, mut first: impl FnMut(&[&Program]) -> Option<usize>) -> Program {
    let mut smallest = program.clone();
    // The changes before this one are known to lead nowhere, or were when the program was larger.
    let mut skip = 0;
    let mut succeeded = false;
    for _ in 0..ROUNDS {
        let candidates = reductions(&smallest);
        if skip >= candidates.len() {
            if !succeeded {
                break;
            }
            (skip, succeeded) = (0, false);
        }
        let some: Vec<&Program> = candidates.iter().skip(skip).take(TRIES).collect();
        match first(&some) {
            Some(position) => {
                smallest = some[position].clone();
                skip += position;
                succeeded = true;
            }
            None => skip += TRIES,
        }
    }
    smallest
}

/// The programs that are one change smaller, large changes first.
fn reductions(program: &Program) -> Vec<Program> {
    let mut all = Vec::new();
    for number in 0..program.subworkflows.len() {
        let mut smaller = program.clone();
        smaller.subworkflows.remove(number);
        all.push(smaller);
    }
    for change in [steps as fn(&mut Routine, &mut usize), entries, values] {
        for routine in 0..=program.subworkflows.len() {
            // The change that brings the countdown to nothing is made.
            for number in 1.. {
                let mut smaller = program.clone();
                let mut countdown = number;
                let own = match routine {
                    0 => &mut smaller.main,
                    n => &mut smaller.subworkflows[n - 1],
                };
                change(own, &mut countdown);
                if countdown > 0 {
                    break;
                }
                if smaller != *program {
                    all.push(smaller);
                }
            }
        }
    }
    all
}

/// Whether it is the turn of the change at hand.
fn turn(countdown: &mut usize) -> bool {
    let now = *countdown == 1;
    *countdown = countdown.saturating_sub(1);
    now
}

/// Removes a step, or puts the steps in it in its place.
fn steps(routine: &mut Routine, countdown: &mut usize) {
    list(&mut routine.steps, countdown);
}

fn list(steps: &mut Vec<Step>, countdown: &mut usize) {
    for position in 0..steps.len() {
        if turn(countdown) {
            steps.remove(position);
            return;
        }
        let inner: Vec<Vec<Step>> =
            lists(&mut steps[position].action).into_iter().map(|list| list.clone()).collect();
        for inner in inner {
            if turn(countdown) {
                steps.splice(position..=position, inner);
                return;
            }
        }
    }
    for step in steps {
        for inner in lists(&mut step.action) {
            list(inner, countdown);
        }
    }
}

/// Removes parts of steps.
fn entries(routine: &mut Routine, countdown: &mut usize) {
    each(&mut routine.steps, &mut |step| {
        if step.next.is_some() && turn(countdown) {
            step.next = None;
        }
        parts(&mut step.action, countdown);
    });
}

fn parts(action: &mut Action, countdown: &mut usize) {
    match action {
        Action::Assign(entries) if entries.len() > 1 => drop_one(entries, countdown),
        Action::Call { args, result, .. } => {
            if result.is_some() && turn(countdown) {
                *result = None;
            }
            drop_one(args, countdown);
        }
        Action::Switch(cases) => {
            if cases.len() > 1 {
                drop_one(cases, countdown);
            }
            for case in cases {
                if case.next.is_some() && turn(countdown) {
                    case.next = None;
                }
                parts(&mut case.action, countdown);
            }
        }
        Action::Try(action) => {
            if action.retry.is_some() && turn(countdown) {
                action.retry = None;
            }
            if action.except.is_some() && turn(countdown) {
                action.except = None;
            }
            parts(&mut action.body, countdown);
        }
        Action::Parallel(parallel) if parallel.limit.is_some() && turn(countdown) => parallel.limit = None,
        _ => {}
    }
}

fn drop_one<T>(items: &mut Vec<T>, countdown: &mut usize) {
    for position in 0..items.len() {
        if turn(countdown) {
            items.remove(position);
            return;
        }
    }
}

/// Makes values and expressions simpler.
fn values(routine: &mut Routine, countdown: &mut usize) {
    each(&mut routine.steps, &mut |step| action_values(&mut step.action, countdown));
}

fn action_values(action: &mut Action, countdown: &mut usize) {
    match action {
        Action::Assign(entries) => {
            for (target, value) in entries {
                for accessor in &mut target.accessors {
                    if let Accessor::Index(expr) = accessor {
                        simplify(expr, countdown);
                    }
                }
                data(value, countdown);
            }
        }
        Action::Call { args, .. } => args.iter_mut().for_each(|(_, value)| data(value, countdown)),
        Action::Switch(cases) => {
            for case in cases {
                simplify(&mut case.condition, countdown);
                action_values(&mut case.action, countdown);
            }
        }
        Action::For(body) => data(&mut body.over, countdown),
        Action::Parallel(parallel) => {
            if let Bodies::For(body) = &mut parallel.bodies {
                data(&mut body.over, countdown);
            }
        }
        Action::Try(action) => action_values(&mut action.body, countdown),
        Action::Raise(value) | Action::Return(value) => data(value, countdown),
        Action::Nothing | Action::Steps(_) => {}
    }
}

fn data(value: &mut Data, countdown: &mut usize) {
    match value {
        Data::Scalar(_) => {}
        Data::Expr(expr) => simplify(expr, countdown),
        Data::List(items) => {
            drop_one(items, countdown);
            items.iter_mut().for_each(|item| data(item, countdown));
        }
        Data::Map(entries) => {
            drop_one(entries, countdown);
            for (key, value) in entries {
                if let Key::Expr(expr) = key {
                    simplify(expr, countdown);
                }
                data(value, countdown);
            }
        }
    }
}

/// An expression becomes a part of itself, or a small constant.
fn simplify(expr: &mut Expr, countdown: &mut usize) {
    let parts: Vec<Expr> = children(expr).into_iter().map(|part| part.clone()).collect();
    let constants = [Expr::int(0), Expr::Scalar(Scalar::Bool(true)), Expr::Scalar(Scalar::Bool(false))];
    let simple = matches!(expr, Expr::Scalar(_));
    for smaller in parts.into_iter().chain(constants.into_iter().filter(|_| !simple)) {
        if turn(countdown) {
            *expr = smaller;
            return;
        }
    }
    if let Expr::List(items) = expr {
        drop_one(items, countdown);
    }
    children(expr).into_iter().for_each(|part| simplify(part, countdown));
}

fn children(expr: &mut Expr) -> Vec<&mut Expr> {
    match expr {
        Expr::Scalar(_) | Expr::Variable(_) => Vec::new(),
        Expr::List(items) | Expr::Call(_, items) => items.iter_mut().collect(),
        Expr::Unary(_, operand) | Expr::Member(operand, _) => vec![operand],
        Expr::Binary(left, _, right) | Expr::Index(left, right) => vec![left, right],
    }
}

fn each(steps: &mut [Step], change: &mut impl FnMut(&mut Step)) {
    for step in steps {
        change(step);
        for list in lists(&mut step.action) {
            each(list, change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::evaluate::{Ending, evaluate};
    use crate::random::generate::generate;
    use crate::random::render::render;

    #[test]
    fn what_matters_is_left() {
        let divides = |program: &Program| {
            evaluate(program).is_some_and(|outcome| match outcome.ending {
                Ending::Raised(value) => value.to_string().contains("ZeroDivisionError"),
                Ending::Returned(_) => false,
            })
        };
        let program = (0..).map(|seed| generate(seed).program).find(divides).unwrap();
        let smaller = shrink(&program, |some| some.iter().position(|program| divides(program)));
        let text = render(&smaller);
        assert!(divides(&smaller), "{text}");
        assert!(text.lines().count() <= 8, "{text}");
    }
}
