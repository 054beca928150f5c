//! The command line: the real program, its output and its exit codes.

mod cli {
    mod build;
    mod check;
    mod run;
    mod usage;
}
