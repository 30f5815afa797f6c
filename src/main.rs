//! The program: hands its arguments to the command line and returns its answer.

use std::process::ExitCode;

fn main() -> ExitCode {
    tlslint::cli::main()
}
