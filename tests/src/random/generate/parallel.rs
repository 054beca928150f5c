//! Random parallel steps. Their bodies change shared variables by adding to sums and setting keys of their own.

use super::super::program::{
    Accessor, Action, Binary, Bodies, Data, Expr, Loop, Parallel, Scalar, Step, Target,
};
use super::steps::append;
use super::{Generator, Place, Type, whole};

/// What a body may do to the shared variables of a parallel step around it.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    /// An integer that every body combines with numbers, in one way.
    total: String,
    combine: Combine,
    /// A map in which every body has keys of its own.
    map: String,
    /// The body's own key.
    key: Expr,
}

#[derive(Debug, Clone, Copy)]
enum Combine {
    Infix(Binary),
    Maximum,
}

impl Generator {
    /// Steps that make shared variables, use them in parallel, and note what became of them.
    pub(super) fn parallel(&mut self, place: &Place, size: usize) -> Action {
        self.accumulators += 1;
        let shared = Shared {
            total: format!("total{}", self.accumulators),
            combine: *self.random.pick(&[
                Combine::Infix(Binary::Add),
                Combine::Infix(Binary::Add),
                Combine::Infix(Binary::Multiply),
                Combine::Maximum,
            ]),
            map: format!("map{}", self.accumulators),
            key: Expr::text("b"),
        };
        let first = Data::Scalar(Scalar::Int(1));
        let make =
            Action::Assign(vec![(whole(&shared.total), first), (whole(&shared.map), Data::Map(Vec::new()))]);
        let make = self.named(make);
        let fork = self.fork(place, &shared, size);
        let fork = if self.random.percent(70) {
            let body = Action::Steps(vec![self.named(fork)]);
            self.guard_fork(place, body)
        } else {
            fork
        };
        let fork = self.named(fork);
        let mut steps = vec![make, fork];
        if let Some(log) = &place.log {
            let entries =
                vec![append(log, Expr::variable(&shared.total)), append(log, Expr::variable(&shared.map))];
            steps.push(self.named(Action::Assign(entries)));
        }
        Action::Steps(steps)
    }

    fn guard_fork(&mut self, place: &Place, body: Action) -> Action {
        use super::super::program::{Except, Try};
        let error = format!("e{}", place.depth + 1);
        let mut steps = Vec::new();
        if let Some(log) = &place.log {
            steps.push(self.named(Action::Assign(vec![append(log, Expr::variable(&error))])));
        }
        Action::Try(Try {
            body: Box::new(body),
            retry: None,
            except: Some(Except { variable: Some(error), steps }),
        })
    }

    fn fork(&mut self, place: &Place, shared: &Shared, size: usize) -> Action {
        let mut names = vec![shared.total.clone(), shared.map.clone()];
        let mut around = Vec::new();
        for outer in &place.shared {
            if self.random.percent(50) {
                names.extend([outer.total.clone(), outer.map.clone()]);
                around.push(outer.clone());
            }
        }
        let mut inside = Place {
            log: None,
            forward: Vec::new(),
            backward: Vec::new(),
            can_break: false,
            can_continue: false,
            can_return: false,
            mistakes: if self.random.percent(50) { 10 } else { 1 },
            depth: place.depth + 1,
            parallel: place.parallel + 1,
            // An error of a scope around may be read, but what it is, bodies leave alone.
            error: None,
            ..place.clone()
        };
        inside.variables.iter_mut().for_each(|variable| variable.writable = false);
        let limit = self.random.percent(30).then(|| 1 + self.random.below(3));
        let bodies = if self.random.percent(50) {
            let count = 1 + self.random.below(3);
            let branch = |g: &mut Self, number: usize| {
                let key = Expr::text(&format!("b{number}"));
                (
                    format!("branch{number}"),
                    g.body(inside.clone(), around.clone(), shared, key, size.div_ceil(count)),
                )
            };
            Bodies::Branches((0..count).map(|number| branch(self, number)).collect())
        } else {
            inside.can_continue = true;
            let few = place.parallel > 0 || size > 2;
            let (range, over, kind) = if !few && self.random.percent(30) {
                let bounds = [1, 18 + i64::try_from(self.random.below(8)).unwrap_or(0)];
                (true, Data::List(bounds.map(|n| Data::Scalar(Scalar::Int(n))).to_vec()), Type::Int)
            } else {
                self.over(place, few)
            };
            let (value, index) = self.loop_variables(&mut inside, kind, false);
            let number = Expr::variable(index.as_deref().unwrap_or("missing"));
            let key = Expr::binary(Expr::text("k"), Binary::Add, number);
            let steps = self.body(inside, around, shared, key, size);
            Bodies::For(Loop { value, index, range, over, steps })
        };
        Action::Parallel(Parallel { shared: names, limit, bodies })
    }

    fn body(
        &mut self,
        mut place: Place,
        around: Vec<Shared>,
        shared: &Shared,
        key: Expr,
        size: usize,
    ) -> Vec<Step> {
        place.shared = around;
        for outer in &mut place.shared {
            outer.key = Expr::binary(outer.key.clone(), Binary::Add, key.clone());
        }
        place.shared.push(Shared { key, ..shared.clone() });
        let log = format!("log{}", place.depth);
        place.fuel = format!("fuel{}", place.depth);
        let own =
            vec![(whole(&log), Data::List(Vec::new())), (whole(&place.fuel), Data::Scalar(Scalar::Int(2)))];
        place.log = Some(log.clone());
        let mut steps = vec![self.named(Action::Assign(own))];
        if self.random.percent(50) {
            steps.push(self.local(&mut place));
        }
        steps.extend(self.list(&place, size));
        if let Some(shared) = place.shared.last() {
            let target =
                Target { root: shared.map.clone(), accessors: vec![Accessor::Index(shared.key.clone())] };
            steps.push(self.named(Action::Assign(vec![(target, Data::Expr(Expr::variable(&log)))])));
        }
        steps
    }

    /// A change of a shared variable. One entry of an `assign` is atomic; subworkflows in it might wait.
    pub(super) fn shared_update(&mut self, place: &Place) -> Action {
        let place = Place { calls: false, ..place.clone() };
        let shared = self.random.pick(&place.shared).clone();
        if self.random.percent(30) {
            let name = Expr::text(&format!("/{}", self.steps));
            let key = Expr::binary(shared.key, Binary::Add, name);
            let target = Target { root: shared.map, accessors: vec![Accessor::Index(key)] };
            return Action::Assign(vec![(target, self.data(&place, Type::Any, 2))]);
        }
        let kind = *self.random.pick(&[Type::Int, Type::Int, Type::Double]);
        let number = Expr::call("int", vec![self.expr(&place, kind, 2)]);
        let total = Expr::variable(&shared.total);
        let value = match shared.combine {
            Combine::Infix(operator) => Expr::binary(total, operator, number),
            Combine::Maximum => Expr::call("math.max", vec![total, number]),
        };
        Action::Assign(vec![(whole(&shared.total), Data::Expr(value))])
    }
}
