//! The command `build`, and what `run` and `serve` share with it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::cli::args::Build;
use crate::cli::{CliError, SUCCESS, Terminal, compiled};
use crate::project::{self, Cache, Cargo, Profile, Program, Progress, ProjectError, output};
use crate::{codegen, workflow_name};

/// Compiles a definition to a program that stays.
pub(super) fn build(options: &Build, terminal: &mut Terminal<'_>) -> Result<u8, CliError> {
    let started = Instant::now();
    let name = workflow_name(&options.file.to_string_lossy());
    let path = options.output.clone().unwrap_or_else(|| output::default_path(&name));
    output::check(&path, &options.file)?;
    let profile = match (options.debug, options.dist) {
        (true, _) => Profile::Dev,
        (_, true) => Profile::Dist,
        _ => Profile::Release,
    };
    let binary = program(&options.file, profile, terminal)?;
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

/// Compiles a definition to a program in the cache; gives its path there.
pub(super) fn program(
    file: &Path,
    profile: Profile,
    terminal: &mut Terminal<'_>,
) -> Result<PathBuf, CliError> {
    let compilation = compiled(file, terminal)?;
    let name = workflow_name(&file.to_string_lossy());
    let program = Program {
        name: &name,
        source: file,
        rust: &compilation.rust().unwrap_or_default(),
        module: &codegen::module_name(&name),
    };
    let progress = if terminal.is_interactive() { Progress::Shown } else { Progress::Quiet };
    Ok(project::build(&Cache::locate()?, &Cargo::locate(), &program, profile, progress)?)
}
