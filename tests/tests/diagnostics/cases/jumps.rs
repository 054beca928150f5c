//! Jumps (D6, D7) and `return` where it cannot stand.

use cogwork_compiler::diagnostic::Code;

use super::{Broken, broken};

/// The cases.
pub(crate) fn cases() -> Vec<Broken> {
    vec![
        broken(
            "unknown_step",
            6,
            Code::UnknownStep,
            "
- init:
    assign:
      - a: 1
    next: >>>finsih
- finish:
    return: ${a}
",
        ),
        broken(
            "unknown_step_without_a_similar_one",
            6,
            Code::UnknownStep,
            "- init:\n    next: >>>somewhere_else\n",
        ),
        broken("computed_jump", 6, Code::InvalidNext, "- init:\n    next: >>>${target}\n"),
        broken(
            "jump_into_a_loop",
            6,
            Code::IllegalJump,
            "
- init:
    next: >>>inside
- loop:
    for:
      value: v
      in: [1, 2]
      steps:
        - inside:
            call: sys.log
            args: {text: '${v}'}
",
        ),
        broken(
            "jump_out_of_a_branch",
            6,
            Code::IllegalJump,
            "
- fan:
    parallel:
      branches:
        - one:
            steps:
              - leave:
                  next: >>>done
        - two:
            steps:
              - stay:
                  call: sys.log
                  args: {text: a}
- done:
    return: 1
",
        ),
        broken(
            "jump_into_another_workflow",
            6,
            Code::UnknownStep,
            "
main:
  steps:
    - init:
        next: >>>there
sub:
  steps:
    - there:
        return: 1
",
        ),
        broken(
            "break_outside_of_a_loop",
            7,
            Code::BreakOutsideLoop,
            "- init:\n    switch:\n      - condition: true\n        next: >>>break\n",
        ),
        broken(
            "break_in_a_parallel_loop",
            7,
            Code::BreakOutsideLoop,
            "
- fan:
    parallel:
      for:
        value: v
        in: [1, 2]
        steps:
          - leave:
              next: >>>break
",
        ),
        broken(
            "return_in_a_branch",
            6,
            Code::ReturnInParallel,
            "
- fan:
    parallel:
      branches:
        - one:
            steps:
              - leave:
                  >>>return: 1
",
        ),
    ]
}
