//! The door: arguments in, an exit code out. Everything between is [`cli`]'s.

mod cli;

fn main() -> cli::Exit {
    cli::main(std::env::args_os())
}
