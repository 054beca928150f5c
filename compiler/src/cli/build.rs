//! The command `build`, and what `run` and `serve` share with it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::bundle::{check_names, compile_all};
use crate::cli::args::Build;
use crate::cli::check::Count;
use crate::cli::{CliError, SUCCESS, Terminal, files};
use crate::diagnostic::render::render;
use crate::project::{self, Cache, Cargo, Profile, Program, Progress, ProjectError, output};
use crate::{Compilation, Limits, Options, Source, codegen};

/// How many messages are shown to a person.
const SHOWN: usize = 200;

/// Workflows that were compiled together.
#[derive(Debug)]
pub(super) struct Bundle {
    /// Their names, in the order of the files.
    pub(super) names: Vec<String>,
    /// Names of the Rust modules: those of the workflows, then those of earlier revisions.
    modules: Vec<String>,
    /// Revisions, in the order of the modules.
    revisions: Vec<String>,
    rust: String,
    source: PathBuf,
}

/// Compiles definitions to a program that stays.
pub(super) fn build(options: &Build, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let started = Instant::now();
    let mut bundle = compiled(&options.files, options.limits.limits(), terminal)?;
    for file in &options.keep {
        keep(&mut bundle, file, options.limits.limits(), terminal)?;
    }
    let path = match (&options.output, bundle.names.as_slice()) {
        (Some(path), _) => path.clone(),
        (None, [only]) => output::default_path(only),
        (None, _) => return Err(CliError::NoOutput(bundle.names.len())),
    };
    for file in &options.files {
        output::check(&path, file)?;
    }
    let profile = match (options.debug, options.dist) {
        (true, _) => Profile::Dev,
        (_, true) => Profile::Dist,
        _ => Profile::Release,
    };
    let binary = program(&bundle, profile, terminal)?;
    output::install(&binary, &path)?;
    let size = std::fs::metadata(&path).map_err(ProjectError::io("read", &path))?.len();
    terminal.message(&format!(
        "built `{}` ({:.1} MB) in {:.1} s\n",
        path.display(),
        size as f64 / 1e6,
        started.elapsed().as_secs_f64()
    ));
    Ok(SUCCESS)
}

/// Reads the files and those in directories.
pub(super) fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, CliError> {
    let mut sources = Vec::new();
    for path in paths {
        for file in files::definitions(path)? {
            sources.push(Source::read(&file, file.to_string_lossy())?);
        }
    }
    Ok(sources)
}

/// Compiles the workflows in `paths` and shows what there is to say. A definition with errors is an error here.
pub(super) fn compiled(
    paths: &[PathBuf],
    limits: Limits,
    terminal: &mut Terminal<'_>,
) -> Result<Bundle, CliError> {
    let compilations = compile_all(sources(paths)?, &Options { limits, ..Options::default() });
    let problems = report(&compilations, terminal);
    if let Some(broken) = compilations.iter().find(|compilation| compilation.has_errors()) {
        let path = broken.sources.ids().next().map(|file| broken.sources.name(file)).unwrap_or_default();
        return Err(CliError::Workflow { path: path.into(), problems: problems.to_string() });
    }
    check_names(&compilations)?;
    let names = compilations.iter().filter_map(|c| c.module.as_ref()).map(|m| m.name.clone()).collect();
    let modules = compilations.iter().filter_map(|c| c.module.as_ref());
    let rust = compilations.iter().filter_map(Compilation::rust).collect::<Vec<_>>().join("\n");
    Ok(Bundle {
        names,
        modules: modules.clone().map(|m| codegen::module_name(&m.name)).collect(),
        revisions: modules.map(|m| m.revision.clone()).collect(),
        rust,
        source: paths.first().cloned().unwrap_or_default(),
    })
}

/// Adds the definition in `path` as an earlier revision of the workflow that has its name, with the libraries beside
/// it when `path` is a directory.
fn keep(
    bundle: &mut Bundle,
    path: &Path,
    limits: Limits,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let options = Options { limits, ..Options::default() };
    let compilations = compile_all(sources(std::slice::from_ref(&path.to_owned()))?, &options);
    let problems = report(&compilations, terminal);
    for compilation in &compilations {
        let Some(module) = &compilation.module else {
            return Err(CliError::Workflow { path: path.to_owned(), problems: problems.to_string() });
        };
        if !bundle.names.contains(&module.name) {
            return Err(CliError::KeepUnknown { path: path.to_owned(), name: module.name.clone() });
        }
        let short = module.revision.get(..8).unwrap_or(&module.revision);
        let name = format!("{}_{short}", codegen::module_name(&module.name));
        if !bundle.revisions.contains(&module.revision) {
            bundle.rust.push_str(&compilation.rust_as(&name).unwrap_or_default());
            bundle.revisions.push(module.revision.clone());
            bundle.modules.push(name);
        }
    }
    Ok(())
}

/// Shows each message once, although libraries are compiled with each workflow. Of very many the first ones are enough.
pub(super) fn report(compilations: &[Compilation], terminal: &mut Terminal<'_>) -> Count {
    let mut seen = HashSet::new();
    let mut count = Count::default();
    let mut hidden = 0;
    for compilation in compilations {
        for diagnostic in &compilation.diagnostics {
            let file = compilation.sources.name(diagnostic.span.file);
            if !seen.insert((file, diagnostic.span.start, diagnostic.code, diagnostic.message.as_str())) {
                continue;
            }
            count.add(Count::of(std::slice::from_ref(diagnostic)));
            if seen.len() <= SHOWN {
                terminal.message(&render(diagnostic, &compilation.sources, terminal.style()));
            } else {
                hidden += 1;
            }
        }
    }
    if hidden > 0 {
        terminal.message(&format!("… and {hidden} more; --format json of `check` shows all\n"));
    }
    count
}

/// Builds compiled workflows to a program in the cache; gives its path there.
pub(super) fn program(
    bundle: &Bundle,
    profile: Profile,
    terminal: &mut Terminal<'_>,
) -> Result<PathBuf, CliError> {
    let program = Program {
        name: bundle.names.first().map_or("", String::as_str),
        source: Path::new(&bundle.source),
        rust: &bundle.rust,
        modules: &bundle.modules,
    };
    let progress = if terminal.is_interactive() { Progress::Shown } else { Progress::Quiet };
    Ok(project::build(&Cache::locate()?, &Cargo::locate(), &program, profile, progress)?)
}
