//! One run: a process that lives and dies several times over one store.

use std::sync::Arc;
use std::time::Duration;

use cogwork::engine::Builder;
use cogwork::engine::log::NoLog;
use cogwork::{Engine, Workflow};

use super::clients::Clients;
use super::clock::CourseClock;
use super::store::{FaultyStore, Weather};
use super::world::World;
use super::{Course, Report, check, plan};

/// How long everything may take once the store is healthy.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// Seconds by which a timer may be late when the store is healthy.
const LATE: f64 = 3.0;

/// Seconds after which no operation of the store is under way that was begun before it got well.
const CONVALESCENCE: f64 = 10.0;

/// Everything in a run.
#[derive(Debug)]
struct Run {
    course: Course,
    store: FaultyStore,
    world: World,
    clients: Clients,
    workflows: Vec<&'static Workflow>,
}

/// How a life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// At a moment of virtual time.
    At(Duration),
    /// At an operation of the store or the world.
    AfterOperations(u64),
    /// In order, after a while, with some time for effects under way.
    Shutdown(Duration, Duration),
}

/// Runs a course from beginning to end.
pub(super) fn run(course: &Course, workflows: &[&'static Workflow]) -> Result<Report, String> {
    let (store, world) = (FaultyStore::new(course), World::new(course));
    let clients = Clients::new(course, &world, &store, plan::draw(course));
    let run = Run { course: course.clone(), store, world, clients, workflows: workflows.to_vec() };
    let mut report = Report::default();
    for _ in 0..course.below(5) {
        run.course.note("a life begins");
        let crashed = life(run.one_life())?;
        report.crashes += usize::from(crashed);
        report.lost += run.store.crash();
        run.course.verdict()?;
        check::wake_ups(&run.store.durable(), &run.workflows)?;
    }
    run.course.note("the last life begins");
    life(run.last_life())??;
    run.course.verdict()?;
    let known = run.clients.all();
    check::outcomes(&run.store.durable(), &run.world, &known)?;
    report.executions = known.iter().filter(|known| known.accepted.is_some()).count();
    let unanswered = known.iter().filter(|known| known.tried && known.accepted.is_none());
    let (there, absent): (Vec<_>, Vec<_>) =
        unanswered.partition(|known| check::exists(&run.store.durable(), &known.plan.name));
    (report.unannounced, report.absent) = (there.len(), absent.len());
    let sent = known.iter().flat_map(|known| &known.callbacks);
    report.callbacks = sent.filter(|sent| sent.accepted.is_some()).count();
    (report.effects, report.repeated) = run.world.arrivals();
    report.digest = course.digest();
    Ok(report)
}

/// Runs a life on a runtime of its own, with which all its tasks end.
pub(super) fn life<T>(life: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    Ok(runtime.block_on(life))
}

impl Run {
    async fn engine(&self) -> Engine {
        loop {
            // A program that cannot read its store ends, and is started again when the weather has changed.
            match self.builder().start().await {
                Ok(engine) => return engine,
                Err(error) => self.course.note(format_args!("no start: {error}")),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            let weather = self.draw_weather();
            self.store.set_weather(weather);
        }
    }

    fn builder(&self) -> Builder {
        let mut builder = Engine::builder()
            .store(Arc::new(self.store.clone()))
            .clock(Arc::new(CourseClock(self.course.clone())))
            .randomness(Arc::new(self.course.clone()))
            .http(Arc::new(self.world.clone()))
            .log(Arc::new(NoLog))
            .public_url("http://callbacks.test")
            .idle_time(Duration::from_millis(1 + self.course.below(1_500)));
        for workflow in &self.workflows {
            builder = builder.workflow(workflow);
        }
        builder
    }

    fn draw_weather(&self) -> Weather {
        let course = &self.course;
        let failing = match course.below(6) {
            0 | 1 => 0,
            2 | 3 => 30,
            4 => 200,
            _ => 1_000,
        };
        let delay = Duration::from_millis([2, 10, 100, 2_000][usize::try_from(course.below(4)).unwrap_or(0)]);
        let failing_reads = if course.chance(300) { failing } else { failing / 10 };
        Weather { failing_writes: failing, failing_reads, delay }
    }

    fn draw_death(&self) -> Death {
        let course = &self.course;
        let life = Duration::from_millis(1 + course.below(8_000));
        match course.below(5) {
            0 | 1 => Death::At(life),
            2 | 3 => Death::AfterOperations(1 + course.below(150)),
            _ => Death::Shutdown(life, Duration::from_millis(course.below(3_000))),
        }
    }

    /// Gives whether it ended in a crash.
    async fn one_life(&self) -> bool {
        self.course.begin_life();
        let weather = self.draw_weather();
        self.store.set_weather(weather);
        let death = self.draw_death();
        self.course.note(format_args!("{weather:?}, {death:?}"));
        let engine = self.engine().await;
        self.clients.begin(&engine);
        match death {
            Death::At(life) => tokio::time::sleep(life).await,
            Death::AfterOperations(count) => {
                self.course.set_fuse(Some(count));
                let _ = tokio::time::timeout(Duration::from_secs(30), self.course.death()).await;
            }
            Death::Shutdown(life, grace) => {
                tokio::time::sleep(life).await;
                self.shut_down(&engine, grace).await;
            }
        }
        self.course.end_life();
        !matches!(death, Death::Shutdown(..))
    }

    /// Shuts down in order. Nothing is written any more afterwards.
    async fn shut_down(&self, engine: &Engine, grace: Duration) {
        engine.shutdown(grace).await;
        self.course.note("shut down");
        let written = self.store.writes_begun();
        tokio::time::sleep(Duration::from_secs(5)).await;
        if self.store.writes_begun() > written || engine.in_memory() > 0 {
            self.course.violated(format_args!(
                "{} executions in memory and {} writes after the shutdown",
                engine.in_memory(),
                self.store.writes_begun() - written
            ));
        }
    }

    /// The store gets well, and everything has to come to its end.
    async fn last_life(&self) -> Result<(), String> {
        self.course.begin_life();
        self.store.set_weather(self.draw_weather());
        let engine = self.engine().await;
        self.clients.begin(&engine);
        tokio::time::sleep(Duration::from_millis(self.course.below(5_000))).await;
        self.course.note("the store is well");
        self.store.set_weather(Weather::FAIR);
        let well = tokio::time::Instant::now();
        let has_settled = || well.elapsed().as_secs_f64() > CONVALESCENCE;
        while !(has_settled()
            && self.clients.done_creating()
            && self.clients.done_watching()
            && check::unfinished(&self.store.durable()).is_empty())
        {
            self.course.verdict()?;
            if well.elapsed() > PATIENCE {
                return Err(format!(
                    "never end: {:?}, watched: {:#?}",
                    check::unfinished(&self.store.durable()),
                    self.clients.all()
                ));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            let overslept = check::overslept(&self.store.durable(), self.course.now(), LATE);
            if well.elapsed().as_secs_f64() > CONVALESCENCE + LATE && !overslept.is_empty() {
                return Err(format!("timers have not fired: {overslept:?}"));
            }
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        if engine.in_memory() > 0 {
            return Err(format!("{} executions stay in memory", engine.in_memory()));
        }
        self.course.end_life();
        Ok(())
    }
}
