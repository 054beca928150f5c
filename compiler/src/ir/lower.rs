//! Lowers the resolved program to machines.

use sha2::{Digest, Sha256};

use super::builder::Builder;
use super::expression::{lower as lower_expr, lower_args, lower_refs};
use super::{
    Block, BlockId, Body, BuiltInPredicate, Expr, Fork, ForkBodies, LoopStep, Machine, MachineId,
    MachineKind, Module, Op, Param, Slot, StepInfo, Terminator, liveness, prune,
};
use crate::program::{
    self, Action, Assignment, CallStep, Callee, Case, Except, ForLoop, Jump, Over, Parallel, ParallelBodies,
    Predicate, Program, Retry, Routine, RoutineId, RoutineKind, SlotId, Step, Try, Variable,
};
use crate::signatures::FunctionKind;
use crate::source::SourceMap;

/// Lowers `program`, which calls itself `name`.
#[must_use]
pub fn lower(program: &Program, name: &str, sources: &SourceMap, google_limits: bool) -> Module {
    let paths = machine_names(program);
    let machines: Vec<Machine> = program
        .routines
        .iter()
        .zip(paths)
        .map(|(routine, path)| Lowering { program, sources, google_limits }.routine(routine, path))
        .collect();
    Module {
        name: name.to_owned(),
        revision: revision(&machines),
        sources: sources.ids().map(|id| (sources.name(id).to_owned(), sources.text(id).to_owned())).collect(),
        machines,
        main: MachineId(program.main.0),
        google_limits,
    }
}

/// Digest of everything that decides what an execution does; places in the source do not.
fn revision(machines: &[Machine]) -> String {
    let mut digest = Sha256::new();
    for machine in machines {
        let mut bare = machine.clone();
        for step in &mut bare.steps {
            *step = StepInfo { name: std::mem::take(&mut step.name), ..StepInfo::default() };
        }
        digest.update(format!("{bare:?}\n"));
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A unique name for each routine: parallel bodies are called after the path of steps to them.
fn machine_names(program: &Program) -> Vec<String> {
    let mut names: Vec<String> = program.routines.iter().map(|r| r.name.clone()).collect();
    let mut queue: Vec<RoutineId> = (0..program.routines.len())
        .filter(|i| {
            program
                .routines
                .get(*i)
                .is_some_and(|r| matches!(r.kind, RoutineKind::Main | RoutineKind::Subworkflow))
        })
        .map(|i| RoutineId(u32::try_from(i).unwrap_or(u32::MAX)))
        .collect();
    while let Some(id) = queue.pop() {
        let Some(routine) = program.routines.get(id.0 as usize) else { continue };
        let prefix = names.get(id.0 as usize).cloned().unwrap_or_default();
        for_each_parallel(&routine.body, &mut |step, parallel| {
            let bodies: Vec<(RoutineId, String)> = match &parallel.bodies {
                ParallelBodies::Branches(list) => list
                    .iter()
                    .map(|id| {
                        let branch = match program.routines.get(id.0 as usize).map(|r| &r.kind) {
                            Some(RoutineKind::Branch { name }) => name.clone(),
                            _ => String::new(),
                        };
                        (*id, format!("{prefix}/{}/{branch}", step.name))
                    })
                    .collect(),
                ParallelBodies::For { body, .. } => vec![(*body, format!("{prefix}/{}", step.name))],
            };
            for (id, name) in bodies {
                if let Some(slot) = names.get_mut(id.0 as usize) {
                    *slot = name;
                }
                queue.push(id);
            }
        });
    }
    names
}

/// Calls `visit` for each step of the routine, however deeply nested, but not inside parallel bodies.
fn for_each_step<'a>(steps: &'a [Step], visit: &mut dyn FnMut(&'a Step)) {
    fn inside<'a>(action: &'a Action, visit: &mut dyn FnMut(&'a Step)) {
        match action {
            Action::Steps(steps) => for_each_step(steps, visit),
            Action::For(each) => for_each_step(&each.body, visit),
            Action::Switch(cases) => cases.iter().for_each(|case| inside(&case.action, visit)),
            Action::Try(attempt) => {
                inside(&attempt.body, visit);
                if let Some(except) = &attempt.except {
                    for_each_step(&except.body, visit);
                }
            }
            Action::Nothing
            | Action::Assign(_)
            | Action::Call(_)
            | Action::Parallel(_)
            | Action::Raise(_)
            | Action::Return(_) => {}
        }
    }
    for step in steps {
        visit(step);
        inside(&step.action, visit);
    }
}

fn for_each_parallel<'a>(steps: &'a [Step], visit: &mut dyn FnMut(&'a Step, &'a Parallel)) {
    fn find<'a>(step: &'a Step, action: &'a Action, visit: &mut dyn FnMut(&'a Step, &'a Parallel)) {
        match action {
            Action::Parallel(parallel) => visit(step, parallel),
            Action::Switch(cases) => cases.iter().for_each(|case| find(step, &case.action, visit)),
            Action::Try(attempt) => find(step, &attempt.body, visit),
            _ => {}
        }
    }
    for_each_step(steps, &mut |step| find(step, &step.action, visit));
}

struct Lowering<'a> {
    program: &'a Program,
    sources: &'a SourceMap,
    google_limits: bool,
}

/// Lowers one routine.
struct RoutineLowering<'a> {
    program: &'a Program,
    b: Builder,
    end: BlockId,
    /// Enclosing loops: where `continue` and `break` go.
    loops: Vec<(BlockId, BlockId)>,
}

impl<'a> Lowering<'a> {
    fn routine(&self, routine: &'a Routine, name: String) -> Machine {
        let mut b = Builder::new(self.machine(routine, name));
        // The entry comes first; it exists apart from the first step because a jump may lead back to that step.
        let start = b.add_block("$start");
        for_each_step(&routine.body, &mut |step| b.add_step(step.id, self.step_info(step)));
        b.step = b.machine.steps.len().saturating_sub(1);
        let end = b.add_block("$end");
        b.switch_to(end);
        b.end(Terminator::Return(Expr::Null));
        let mut lowering = RoutineLowering { program: self.program, b, end, loops: Vec::new() };
        lowering.b.step = 0;
        lowering.start(routine, start);
        lowering.steps(&routine.body, end);
        let mut machine = lowering.b.machine;
        prune::tidy(&mut machine);
        if !self.google_limits {
            liveness::mark_last_uses(&mut machine);
        }
        machine
    }

    fn machine(&self, routine: &Routine, name: String) -> Machine {
        let kind = match &routine.kind {
            RoutineKind::Main => MachineKind::Main,
            RoutineKind::Subworkflow => MachineKind::Subworkflow,
            RoutineKind::Branch { .. } => MachineKind::Branch,
            RoutineKind::Iteration { value, index } => {
                MachineKind::Iteration { value: *value, index: *index }
            }
        };
        let params = routine
            .params
            .iter()
            .map(|p| Param { name: p.name.clone(), slot: p.slot, optional: p.default.is_some() })
            .collect();
        Machine {
            name,
            routine: routine.name.clone(),
            kind,
            params,
            slots: slots(routine),
            shared: routine.shared.iter().map(|s| s.name.clone()).collect(),
            steps: Vec::new(),
            blocks: Vec::<Block>::new(),
        }
    }

    fn step_info(&self, step: &Step) -> StepInfo {
        let position = self.sources.position(step.span.file, step.span.start);
        let length = self.sources.slice(step.span).trim_end().chars().count();
        StepInfo {
            name: step.name.clone(),
            file: self.sources.name(step.span.file).to_owned(),
            line: position.line,
            column: position.column,
            length: u32::try_from(length).unwrap_or(u32::MAX),
            summary: summary(&step.action, self.program),
            callee: match &step.action {
                Action::Call(call) => Some(callee(call.callee, self.program).to_owned()),
                _ => None,
            },
        }
    }
}

fn slots(routine: &Routine) -> Vec<Slot> {
    let mut step_names = std::collections::HashMap::new();
    for_each_step(&routine.body, &mut |step| {
        step_names.insert(step.id, step.name.as_str());
    });
    let mut taken = std::collections::HashSet::new();
    routine
        .slots
        .iter()
        .map(|slot| {
            let base = match slot.scope.and_then(|id| step_names.get(&id)) {
                Some(step) => format!("{}@{step}", slot.name),
                None => slot.name.clone(),
            };
            let mut name = base.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{base}#{number}");
                number += 1;
            }
            Slot { name, variable: Some(slot.name.clone()) }
        })
        .collect()
}

fn callee(callee: Callee, program: &Program) -> &str {
    match callee {
        Callee::Function(function) => function.name,
        Callee::Routine(id) => program.routines.get(id.0 as usize).map_or("", |r| r.name.as_str()),
    }
}

fn summary(action: &Action, program: &Program) -> String {
    match action {
        Action::Nothing => "next".to_owned(),
        Action::Assign(_) => "assign".to_owned(),
        Action::Call(call) => format!("call {}", callee(call.callee, program)),
        Action::Switch(_) => "switch".to_owned(),
        Action::For(_) => "for".to_owned(),
        Action::Parallel(_) => "parallel".to_owned(),
        Action::Try(_) => "try".to_owned(),
        Action::Raise(_) => "raise".to_owned(),
        Action::Return(_) => "return".to_owned(),
        Action::Steps(_) => "steps".to_owned(),
    }
}

impl RoutineLowering<'_> {
    fn start(&mut self, routine: &Routine, start: BlockId) {
        self.b.switch_to(start);
        for param in &routine.params {
            if let Some(default) = &param.default {
                let value = lower_expr(&mut self.b, default);
                self.b.push(Op::Default { slot: param.slot, value });
            }
        }
        let first = routine.body.first().map_or(self.end, |step| self.b.entry(step.id));
        self.b.end(Terminator::Goto(first));
    }

    fn steps(&mut self, steps: &[Step], after: BlockId) {
        for (position, step) in steps.iter().enumerate() {
            let follow = steps.get(position + 1).map_or(after, |next| self.b.entry(next.id));
            let follow = self.target(step.next, follow);
            let owner = self.b.step;
            self.b.enter(step.id);
            self.action(&step.action, follow);
            self.b.step = owner;
        }
    }

    fn target(&self, jump: Option<Jump>, otherwise: BlockId) -> BlockId {
        match jump {
            None => otherwise,
            Some(Jump::Step(id)) => self.b.entry(id),
            Some(Jump::End) => self.end,
            // Outside any loop of its own a parallel body ends.
            Some(Jump::Continue) => self.loops.last().map_or(self.end, |(again, _)| *again),
            Some(Jump::Break) => self.loops.last().map_or(self.end, |(_, exit)| *exit),
        }
    }

    /// Lowers an action into the current block and lets it go on at `follow`.
    fn action(&mut self, action: &Action, follow: BlockId) {
        match action {
            Action::Nothing => self.b.end(Terminator::Goto(follow)),
            Action::Assign(entries) => {
                entries.iter().for_each(|entry| self.assign(entry));
                self.b.end(Terminator::Goto(follow));
            }
            Action::Call(call) => self.call(call, follow),
            Action::Switch(cases) => self.switch(cases, follow),
            Action::For(each) => self.for_loop(each, follow),
            Action::Parallel(parallel) => self.parallel(parallel, follow),
            Action::Try(attempt) => self.attempt(attempt, follow),
            Action::Raise(value) => {
                let value = lower_expr(&mut self.b, value);
                self.b.end(Terminator::Raise(value));
            }
            Action::Return(value) => {
                let value = lower_expr(&mut self.b, value);
                self.b.end(Terminator::Return(value));
            }
            Action::Steps(steps) => {
                let first = steps.first().map_or(follow, |step| self.b.entry(step.id));
                self.b.end(Terminator::Goto(first));
                self.steps(steps, follow);
            }
        }
    }

    fn assign(&mut self, entry: &Assignment) {
        let exprs: Vec<_> = std::iter::once(&entry.value).chain(&entry.accessors).collect();
        let mut lowered = lower_refs(&mut self.b, &exprs).into_iter();
        let value = lowered.next().unwrap_or(Expr::Null);
        self.b.push(Op::Assign {
            variable: entry.variable,
            name: entry.name.clone(),
            path: lowered.collect(),
            value,
        });
    }

    fn call(&mut self, call: &CallStep, follow: BlockId) {
        let args = lower_args(&mut self.b, &call.args, &call.order);
        let then = match call.callee {
            Callee::Function(function) if function.kind != FunctionKind::Effect => {
                let value = Expr::Call(function, args);
                match call.result {
                    Some(variable) => {
                        self.b.push(Op::Assign { variable, name: String::new(), path: Vec::new(), value });
                    }
                    None => self.b.push(Op::Evaluate(value)),
                }
                self.b.end(Terminator::Goto(follow));
                return;
            }
            Callee::Function(function) => {
                let then = self.b.part("result");
                self.b.end(Terminator::Suspend { function, args, then });
                then
            }
            Callee::Routine(routine) => {
                let then = self.b.part("result");
                self.b.end(Terminator::Call { machine: MachineId(routine.0), args, then });
                then
            }
        };
        self.b.switch_to(then);
        self.b.push(Op::Receive(call.result));
        self.b.end(Terminator::Goto(follow));
    }

    fn switch(&mut self, cases: &[Case], follow: BlockId) {
        let mut pending = Vec::new();
        for (position, case) in cases.iter().enumerate() {
            if super::expression::suspends(&case.condition) && !pending.is_empty() {
                let rest = self.b.part(&format!("condition {}", position + 1));
                self.b.end(Terminator::Switch { cases: std::mem::take(&mut pending), otherwise: rest });
                self.b.switch_to(rest);
            }
            let condition = lower_expr(&mut self.b, &case.condition);
            let target = match case.action {
                Action::Nothing => self.target(case.next, follow),
                _ => self.b.part(&format!("case {}", position + 1)),
            };
            pending.push((condition, target));
            if super::expression::suspends(&case.condition) {
                let rest = self.b.part(&format!("after condition {}", position + 1));
                self.b.end(Terminator::Switch { cases: std::mem::take(&mut pending), otherwise: rest });
                self.b.switch_to(rest);
            }
            if !matches!(case.action, Action::Nothing) {
                let resume = self.b.current();
                self.b.switch_to(target);
                let case_follow = self.target(case.next, follow);
                self.action(&case.action, case_follow);
                self.b.switch_to(resume);
            }
        }
        self.b.end(match pending.is_empty() {
            true => Terminator::Goto(follow),
            false => Terminator::Switch { cases: pending, otherwise: follow },
        });
    }

    fn for_loop(&mut self, each: &ForLoop, follow: BlockId) {
        let head = self.b.part("next");
        let body = each.body.first().map_or(head, |step| self.b.entry(step.id));
        let step = LoopStep {
            value: each.value,
            index: each.index,
            locals: each.locals.clone(),
            body,
            exit: follow,
        };
        let cursor = self.b.hidden("cursor");
        match &each.over {
            Over::In(expr) => {
                let over = lower_expr(&mut self.b, expr);
                let list = self.b.hidden("list");
                self.b.push(Op::StartList { list, cursor, over });
                self.b.end(Terminator::Goto(head));
                self.b.switch_to(head);
                self.b.end(Terminator::NextElement { list, cursor, each: step });
            }
            Over::Range(expr) => {
                let over = lower_expr(&mut self.b, expr);
                let (next, last) = (self.b.hidden("next"), self.b.hidden("last"));
                self.b.push(Op::StartRange { next, last, cursor, over });
                self.b.end(Terminator::Goto(head));
                self.b.switch_to(head);
                self.b.end(Terminator::NextNumber { next, last, cursor, each: step });
            }
        }
        self.loops.push((head, follow));
        self.steps(&each.body, head);
        self.loops.pop();
    }

    fn parallel(&mut self, parallel: &Parallel, follow: BlockId) {
        let mut lent = Vec::new();
        let mut body = |id: RoutineId, program: &Program| {
            let routine = program.routines.get(id.0 as usize);
            let shared: Vec<Variable> =
                routine.map(|r| r.shared.iter().map(|s| s.outer).collect()).unwrap_or_default();
            for variable in &shared {
                if let Variable::Slot(slot) = variable
                    && !lent.contains(slot)
                {
                    lent.push(*slot);
                }
            }
            let captures =
                routine.map(|r| r.captures.iter().map(|c| (c.outer, c.inner)).collect()).unwrap_or_default();
            Body { machine: MachineId(id.0), captures, shared }
        };
        let (bodies, over) = match &parallel.bodies {
            ParallelBodies::Branches(list) => {
                (ForkBodies::Branches(list.iter().map(|id| body(*id, self.program)).collect()), None)
            }
            ParallelBodies::For { body: id, over } => {
                let (range, expr) = match over {
                    Over::In(expr) => (false, expr),
                    Over::Range(expr) => (true, expr),
                };
                (ForkBodies::Each { body: body(*id, self.program), range, over: Expr::Null }, Some(expr))
            }
        };
        let exprs: Vec<&program::Expr> = over.into_iter().chain(&parallel.concurrency_limit).collect();
        let mut lowered = lower_refs(&mut self.b, &exprs).into_iter();
        let bodies = match bodies {
            ForkBodies::Each { body, range, .. } => {
                ForkBodies::Each { body, range, over: lowered.next().unwrap_or(Expr::Null) }
            }
            branches @ ForkBodies::Branches(_) => branches,
        };
        let concurrency_limit = lowered.next();
        let then = self.b.part("joined");
        self.b.end(Terminator::Fork(Fork { bodies, concurrency_limit, lent, then }));
        self.b.switch_to(then);
        self.b.push(Op::Receive(None));
        self.b.end(Terminator::Goto(follow));
    }

    fn attempt(&mut self, attempt: &Try, follow: BlockId) {
        if attempt.retry.is_none() && attempt.except.is_none() {
            let body_follow = self.target(attempt.body_next, follow);
            self.action(&attempt.body, body_follow);
            return;
        }
        let outer = self.b.handler;
        let caught = self.b.hidden("error");
        let handler = self.b.part("failed");
        let body = self.b.part("attempt");
        let attempts = attempt.retry.as_ref().map(|_| self.b.hidden("attempts"));
        if let Some(slot) = attempts {
            self.b.push(Op::StartRetry(slot));
        }
        self.b.end(Terminator::Goto(body));
        self.b.handler = Some(handler);
        self.b.set_handler(body);
        self.b.switch_to(body);
        let body_follow = self.target(attempt.body_next, follow);
        self.action(&attempt.body, body_follow);
        self.b.handler = outer;

        self.b.switch_to(handler);
        self.b.push(Op::Catch(caught));
        let give_up = self.b.part("except");
        match (&attempt.retry, attempts) {
            (Some(retry), Some(attempts)) => self.retry(retry, caught, attempts, body, give_up),
            _ => self.b.end(Terminator::Goto(give_up)),
        }
        self.b.switch_to(give_up);
        match &attempt.except {
            Some(except) => self.except(except, caught, follow),
            None => self.b.end(Terminator::Rethrow(caught)),
        }
    }

    fn except(&mut self, except: &Except, error: SlotId, follow: BlockId) {
        if !except.locals.is_empty() {
            self.b.push(Op::Clear(except.locals.clone()));
        }
        if let Some(variable) = except.variable {
            self.b.push(Op::BindError { error, variable });
        }
        let first = except.body.first().map_or(follow, |step| self.b.entry(step.id));
        self.b.end(Terminator::Goto(first));
        self.steps(&except.body, follow);
    }

    fn retry(&mut self, retry: &Retry, error: SlotId, attempts: SlotId, again: BlockId, give_up: BlockId) {
        let wait = self.b.part("backoff");
        let max_retries = retry.max_retries.as_ref().map(|e| lower_expr(&mut self.b, e));
        let built_in = match retry.predicate {
            Predicate::Always => Some(BuiltInPredicate::Always),
            Predicate::Never => Some(BuiltInPredicate::Never),
            Predicate::HttpDefault => Some(BuiltInPredicate::HttpDefault),
            Predicate::HttpNonIdempotent => Some(BuiltInPredicate::HttpNonIdempotent),
            Predicate::Routine(_) => None,
        };
        let allowed = match retry.predicate {
            Predicate::Routine(routine) => self.predicate(MachineId(routine.0), error, wait, give_up),
            _ => wait,
        };
        self.b.end(Terminator::MayRetry {
            error,
            attempts,
            max_retries,
            predicate: built_in,
            yes: allowed,
            no: give_up,
        });
        self.b.switch_to(wait);
        let exprs = [&retry.initial_delay, &retry.max_delay, &retry.multiplier];
        let written: Vec<_> = exprs.iter().filter_map(|e| e.as_ref()).collect();
        let mut lowered = lower_refs(&mut self.b, &written).into_iter();
        let [initial_delay, max_delay, multiplier] = exprs.map(|e| e.as_ref().and_then(|_| lowered.next()));
        let then = self.b.part("retry");
        self.b.end(Terminator::Backoff { attempts, initial_delay, max_delay, multiplier, then });
        self.b.switch_to(then);
        self.b.push(Op::Receive(None));
        self.b.end(Terminator::Goto(again));
    }

    /// Blocks that ask a predicate subworkflow. A predicate that fails itself means no retry; its error is logged and
    /// the original one goes on (`language.md` §5.3).
    fn predicate(&mut self, machine: MachineId, error: SlotId, wait: BlockId, give_up: BlockId) -> BlockId {
        let resume = self.b.current();
        let failed = self.b.part("predicate failed");
        self.b.switch_to(failed);
        let own_error = self.b.hidden("predicate_error");
        self.b.push(Op::Catch(own_error));
        let logged = self.b.part("predicate logged");
        self.b.end(Terminator::LogPredicateFailure { error: own_error, then: logged });
        self.b.switch_to(logged);
        self.b.push(Op::Receive(None));
        self.b.end(Terminator::Goto(give_up));

        let outer = self.b.handler.replace(failed);
        let (ask, verdict) = (self.b.part("predicate"), self.b.part("verdict"));
        self.b.switch_to(ask);
        self.b.end(Terminator::CallPredicate { machine, error, then: verdict });
        self.b.switch_to(verdict);
        let result = self.b.hidden("verdict");
        self.b.push(Op::Receive(Some(Variable::Slot(result))));
        self.b.end(Terminator::Verdict { result, yes: wait, no: give_up });
        self.b.handler = outer;
        self.b.switch_to(resume);
        ask
    }
}
