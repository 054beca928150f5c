//! Random steps.

use super::super::program::{
    Accessor, Action, Binary, Case, Data, Except, Expr, Key, Loop, Next, Retry, Scalar, Step, Target, Try,
};
use super::{Generator, Place, TYPES, Type, Variable, whole};

impl Generator {
    /// A list of steps; `budget` counts the steps in it and below.
    pub(super) fn list(&mut self, place: &Place, budget: usize) -> Vec<Step> {
        let mut named = Vec::new();
        let mut left = budget;
        while left > 0 {
            let size = 1 + self.random.below(left.min(8));
            left -= size;
            named.push((self.name(), size));
        }
        let names: Vec<String> = named.iter().map(|(name, _)| name.clone()).collect();
        let mut steps = Vec::new();
        for (position, (name, size)) in named.into_iter().enumerate() {
            let mut own = place.clone();
            own.backward.extend_from_slice(&names[..=position]);
            own.forward.extend_from_slice(&names[position + 1..]);
            let action = self.action(&own, size);
            let next = (self.random.percent(4) && !own.forward.is_empty())
                .then(|| Next::Step(self.random.pick(&own.forward).clone()));
            steps.push(Step { name, action, next });
        }
        steps
    }

    fn action(&mut self, place: &Place, size: usize) -> Action {
        if size > 1 {
            return self.block(place, size - 1);
        }
        match self.random.below(100) {
            0..=9 if !place.shared.is_empty() => self.shared_update(place),
            0..=39 => self.assign(place),
            40..=51 => self.call_step(place).unwrap_or_else(|| self.assign(place)),
            52..=56 => self.sleep().action,
            57..=69 => self.inline_switch(place),
            70..=81 => self.jump(place),
            82..=91 => self.guarded_raise(place),
            _ => self.inline_try(place),
        }
    }

    fn block(&mut self, place: &Place, size: usize) -> Action {
        match self.random.below(100) {
            0..=34 => self.guarded(place, size),
            35..=59 if place.loops < 2 => Action::For(self.for_loop(place, size)),
            60..=76 if size > 1 && (place.parallel < 2 || self.random.percent(5)) => {
                self.parallel(place, size)
            }
            77..=87 => Action::Steps(self.list(place, size)),
            _ => self.switch(place, size),
        }
    }

    pub(super) fn sleep(&mut self) -> Step {
        let seconds = match self.random.below(12) {
            0 => Data::Scalar(Scalar::Int(0)),
            1 => Data::Scalar(Scalar::Double(0.25)),
            2 => Data::Expr(Expr::binary(Expr::int(1), Binary::Divide, Expr::int(2))),
            3 => Data::Scalar(Scalar::Int(86_400)),
            n => Data::Scalar(Scalar::Int(i64::try_from(n - 3).unwrap_or(1))),
        };
        let args = vec![("seconds".to_owned(), seconds)];
        self.named(Action::Call { callee: "sys.sleep".to_owned(), args, result: None })
    }

    fn assign(&mut self, place: &Place) -> Action {
        let mut entries = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            match &place.log {
                Some(log) if self.random.percent(35) => entries.push(self.note(place, log)),
                _ => entries.extend(self.assignment(place)),
            }
        }
        if entries.is_empty() {
            return self.sleep().action;
        }
        Action::Assign(entries)
    }

    /// Appends something to the log.
    fn note(&mut self, place: &Place, log: &str) -> (Target, Data) {
        let what = match &place.error {
            Some(error) if self.random.percent(50) => Expr::variable(error),
            _ if self.random.percent(50) => Expr::int(i64::try_from(self.steps).unwrap_or(0)),
            _ => self.expr(place, Type::Any, 1),
        };
        append(log, what)
    }

    fn writable(&mut self, place: &Place, kind: Option<Type>) -> Option<(String, Type)> {
        let fits = |v: &&Variable| v.writable && kind.is_none_or(|kind| v.kind == kind);
        let all: Vec<&Variable> = place.variables.iter().filter(fits).collect();
        if all.is_empty() {
            return None;
        }
        let chosen = *self.random.pick(&all);
        Some((chosen.name.clone(), chosen.kind))
    }

    fn assignment(&mut self, place: &Place) -> Option<(Target, Data)> {
        let (root, kind) = self.writable(place, None)?;
        let nested = self.random.percent(60);
        let mut accessors = Vec::new();
        match kind {
            Type::Map if nested => {
                for _ in 0..if self.random.percent(75) { 1 } else { 2 } {
                    accessors.push(match self.random.below(3) {
                        0 => Accessor::Member((*self.random.pick(&super::KEYS[..3])).to_owned()),
                        1 => Accessor::Member((*self.random.pick(&["x", "y", "in"])).to_owned()),
                        _ => Accessor::Index(self.key(place)),
                    });
                }
            }
            Type::List if nested => {
                let index = if place.mistakes >= 20 { self.expr(place, Type::Int, 1) } else { Expr::int(0) };
                accessors.push(Accessor::Index(index));
            }
            _ => {}
        }
        let kind = match (accessors.is_empty(), self.random.below(1000) < place.mistakes) {
            (_, true) => *self.random.pick(&TYPES),
            (true, false) => kind,
            (false, false) if self.random.percent(15) => Type::Map,
            (false, false) => Type::Int,
        };
        let value = self.data(place, kind, 3);
        Some((Target { root, accessors }, value))
    }

    fn call_step(&mut self, place: &Place) -> Option<Action> {
        let callable = |s: &&super::Signature| place.calls && (place.parallel == 0 || !s.parallel);
        let all: Vec<super::Signature> = self.signatures.iter().filter(callable).cloned().collect();
        if let Some(callee) = self.recursive.clone()
            && place.calls
            && self.random.percent(20)
        {
            let args = vec![("n".to_owned(), Data::Expr(self.recursion_count(place)))];
            let result = self.writable(place, Some(Type::Int)).map(|(name, _)| name);
            return Some(Action::Call { callee, args, result });
        }
        if all.is_empty() {
            return None;
        }
        let chosen = self.random.pick(&all).clone();
        let mut args = Vec::new();
        for (name, kind, default) in chosen.params {
            if default.is_none() || self.random.percent(50) {
                let at = self.random.below(args.len() + 1);
                args.insert(at, (name, self.data(place, kind, 2)));
            }
        }
        let result = if self.random.percent(80) { self.writable(place, Some(chosen.result)) } else { None };
        Some(Action::Call { callee: chosen.name, args, result: result.map(|(name, _)| name) })
    }

    /// Where a `next` behind a condition leads.
    fn leave(&mut self, place: &Place) -> Option<Next> {
        match self.random.below(10) {
            0 | 1 if place.can_break => Some(Next::Break),
            2 | 3 if place.can_continue => Some(Next::Continue),
            4 if self.random.percent(20) => Some(Next::End),
            _ if place.forward.is_empty() => None,
            _ => Some(Next::Step(self.random.pick(&place.forward).clone())),
        }
    }

    fn inline_switch(&mut self, place: &Place) -> Action {
        let mut cases = Vec::new();
        for _ in 0..1 + self.random.below(3) {
            let condition = self.expr(place, Type::Bool, 2);
            let action = match self.random.below(10) {
                0..=4 => self.assign(place),
                5 | 6 => self.call_step(place).unwrap_or(Action::Nothing),
                7 if place.can_return && self.random.percent(30) => {
                    Action::Return(self.data(place, Type::Any, 2))
                }
                8 => self.sleep().action,
                _ => Action::Nothing,
            };
            let leaves = self.random.percent(40) && !matches!(action, Action::Return(_));
            let next = if leaves { self.leave(place) } else { None };
            cases.push(Case { condition, action, next });
        }
        if self.random.percent(30) {
            let action = self.assign(place);
            cases.push(Case { condition: Expr::Scalar(Scalar::Bool(true)), action, next: None });
        }
        Action::Switch(cases)
    }

    fn switch(&mut self, place: &Place, size: usize) -> Action {
        let count = 1 + self.random.below(size.min(3));
        let mut cases = Vec::new();
        for _ in 0..count {
            let condition = self.expr(place, Type::Bool, 2);
            let action = Action::Steps(self.list(place, size.div_ceil(count)));
            let next = if self.random.percent(20) { self.leave(place) } else { None };
            cases.push(Case { condition, action, next });
        }
        Action::Switch(cases)
    }

    /// A jump back while there is fuel, or a jump onwards.
    fn jump(&mut self, place: &Place) -> Action {
        if self.random.percent(60) && !place.backward.is_empty() {
            let fuel = || Expr::variable(&place.fuel);
            let mut condition = Expr::binary(fuel(), Binary::Greater, Expr::int(0));
            if self.random.percent(40) {
                condition = Expr::binary(condition, Binary::And, self.expr(place, Type::Bool, 1));
            }
            let burn = Data::Expr(Expr::binary(fuel(), Binary::Subtract, Expr::int(1)));
            let action = Action::Assign(vec![(whole(&place.fuel), burn)]);
            let next = Some(Next::Step(self.random.pick(&place.backward).clone()));
            return Action::Switch(vec![Case { condition, action, next }]);
        }
        let condition = self.expr(place, Type::Bool, 1);
        Action::Switch(vec![Case { condition, action: Action::Nothing, next: self.leave(place) }])
    }

    fn raise(&mut self, place: &Place) -> Action {
        if let Some(error) = &place.error
            && self.random.percent(40)
        {
            return Action::Raise(Data::Expr(Expr::variable(error)));
        }
        Action::Raise(match self.random.below(10) {
            0..=3 => Data::text(self.random.pick::<&str>(&["boom", "bang", ""])),
            4..=6 => {
                let mut entries = vec![(Key::Name("code".to_owned()), self.data(place, Type::Int, 1))];
                if self.random.percent(40) {
                    entries.push((Key::Name("message".to_owned()), Data::text("made up")));
                }
                if self.random.percent(40) {
                    let tags =
                        vec![Data::text(self.random.pick::<&str>(&["Own", "KeyError"])), Data::text("Own2")];
                    entries.push((Key::Name("tags".to_owned()), Data::List(tags)));
                }
                if self.random.percent(30) {
                    entries.push((Key::Name("retry".to_owned()), Data::Scalar(Scalar::Bool(true))));
                }
                Data::Map(entries)
            }
            7 => self.data(place, Type::Str, 2),
            _ => self.data(place, Type::Any, 1),
        })
    }

    /// An error that happens under a condition; without one only inside `try`.
    fn guarded_raise(&mut self, place: &Place) -> Action {
        let action = self.raise(place);
        if place.mistakes >= 20 && self.random.percent(50) {
            return action;
        }
        let mut condition = self.expr(place, Type::Bool, 2);
        if place.mistakes < 20 {
            condition = Expr::binary(condition, Binary::And, self.expr(place, Type::Bool, 1));
        }
        Action::Switch(vec![Case { condition, action, next: None }])
    }

    fn inline_try(&mut self, place: &Place) -> Action {
        let inside = Place { mistakes: 60, ..place.clone() };
        let body = match self.random.below(4) {
            0 => self.raise(&inside),
            1 => self.call_step(&inside).unwrap_or_else(|| self.assign(&inside)),
            2 if place.can_return => Action::Return(self.data(&inside, Type::Int, 2)),
            _ => self.assign(&inside),
        };
        self.guard(place, body, 1)
    }

    fn guarded(&mut self, place: &Place, size: usize) -> Action {
        let inside = Place { mistakes: 30, ..place.clone() };
        let handler = self.random.below(size);
        let body = Action::Steps(self.list(&inside, size - handler));
        self.guard(place, body, handler)
    }

    fn guard(&mut self, place: &Place, body: Action, handler: usize) -> Action {
        let retry = self.random.percent(40).then(|| self.retry());
        let except = self.random.percent(90).then(|| self.except(place, handler));
        Action::Try(Try { body: Box::new(body), retry, except })
    }

    fn retry(&mut self) -> Retry {
        let predicate = match self.random.below(10) {
            0..=2 => None,
            3 => Some("retry.always".to_owned()),
            4 => Some("retry.never".to_owned()),
            _ if self.predicates.is_empty() => None,
            _ => Some(self.random.pick(&self.predicates).clone()),
        };
        let backoffs = [[1.0, 60.0, 1.25], [0.5, 1.0, 2.0], [2.0, 3.0, 1.0], [10.0, 1000.0, 3.0]];
        let backoff = self.random.percent(70).then(|| *self.random.pick(&backoffs));
        // Something must stand there.
        let written = backoff.is_none() && predicate.is_none() || self.random.percent(90);
        let max_retries = written.then(|| i64::try_from(self.random.below(4)).unwrap_or(1));
        Retry { predicate, max_retries, backoff }
    }

    fn except(&mut self, place: &Place, size: usize) -> Except {
        let mut inside = place.clone();
        inside.depth += 1;
        let variable = self.random.percent(90).then(|| format!("e{}", inside.depth));
        inside.error.clone_from(&variable);
        let mut steps = Vec::new();
        if let (Some(log), Some(error)) = (&place.log, &variable) {
            steps.push(self.named(Action::Assign(vec![append(log, Expr::variable(error))])));
        }
        if self.random.percent(30) {
            steps.push(self.local(&mut inside));
        }
        steps.extend(self.list(&inside, size));
        Except { variable, steps }
    }

    /// A step that gives the scope a variable of its own.
    pub(super) fn local(&mut self, place: &mut Place) -> Step {
        let kind = *self.random.pick(&TYPES[..6]);
        let name = format!("t{}", place.depth);
        let value = self.data(place, kind, 1);
        place.variables.push(Variable { name: name.clone(), kind, writable: true });
        self.named(Action::Assign(vec![(whole(&name), value)]))
    }

    fn for_loop(&mut self, place: &Place, size: usize) -> Loop {
        let (range, over, kind) = self.over(place, false);
        let mut inside = place.clone();
        inside.depth += 1;
        inside.loops += 1;
        (inside.can_break, inside.can_continue) = (true, true);
        let (value, index) = self.loop_variables(&mut inside, kind, true);
        let mut steps = Vec::new();
        if self.random.percent(40) {
            steps.push(self.local(&mut inside));
        }
        steps.extend(self.list(&inside, size));
        Loop { value, index, range, over, steps }
    }

    /// The names of a loop's variables, which the place gets too.
    pub(super) fn loop_variables(
        &mut self,
        place: &mut Place,
        kind: Type,
        writable: bool,
    ) -> (String, Option<String>) {
        let value = format!("x{}", place.depth);
        place.variables.push(Variable { name: value.clone(), kind, writable });
        let index = (!writable || self.random.percent(40)).then(|| format!("n{}", place.depth));
        if let Some(name) = &index {
            place.variables.push(Variable { name: name.clone(), kind: Type::Int, writable });
        }
        (value, index)
    }

    /// What a loop runs over: whether that is a range, and what the elements are.
    pub(super) fn over(&mut self, place: &Place, few: bool) -> (bool, Data, Type) {
        let small = |g: &mut Self, bound| Expr::int(i64::try_from(g.random.below(bound)).unwrap_or(0));
        match self.random.below(if few { 4 } else { 9 }) {
            0 => {
                let items = 0..self.random.below(4);
                (false, Data::List(items.map(|_| self.data(place, Type::Int, 1)).collect()), Type::Int)
            }
            1 => {
                let (first, last) = (small(self, 3), small(self, 4));
                (true, Data::List(vec![Data::Expr(first), Data::Expr(last)]), Type::Int)
            }
            2 => {
                (true, Data::List([0.5, 3.0].map(|x| Data::Scalar(Scalar::Double(x))).to_vec()), Type::Double)
            }
            3 => {
                let last = small(self, 4);
                (true, Data::Expr(Expr::List(vec![Expr::int(1), last])), Type::Int)
            }
            4 => (false, Data::Expr(Expr::call("keys", vec![self.expr(place, Type::Map, 1)])), Type::Str),
            5 => {
                let length = Expr::call("len", vec![self.expr(place, Type::List, 1)]);
                let last = Expr::binary(length, Binary::Subtract, Expr::int(1));
                (true, Data::Expr(Expr::List(vec![Expr::int(0), last])), Type::Int)
            }
            6 if place.mistakes >= 20 => (self.random.percent(50), self.data(place, Type::Any, 1), Type::Int),
            _ => (false, Data::Expr(self.expr(place, Type::List, 2)), Type::Int),
        }
    }
}

/// An assignment that appends to a list.
pub(super) fn append(list: &str, what: Expr) -> (Target, Data) {
    (whole(list), Data::Expr(Expr::call("list.concat", vec![Expr::variable(list), what])))
}
