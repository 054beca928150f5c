//! Compiles the workflows of this package.

use cogwork_compiler::build::{BuildError, Config};

fn main() -> Result<(), BuildError> {
    Config::new().compile(&["workflows/sign-off.yaml"])
}
