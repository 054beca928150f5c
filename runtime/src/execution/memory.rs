//! How much memory an execution's variables take (`language.md` §14.2).

use super::Execution;
use super::fiber::Fiber;
use crate::error::{Error, Tag};
use crate::value::{Oversize, Slot, Value};

impl Execution {
    /// Looks at all variables; `running` is the fiber that is not in its place at the moment.
    pub(super) fn check_memory(&self, running: &Fiber) -> Result<(), Error> {
        let mut left = self.limits.memory;
        let frames = self.fibers.values().chain([running]).flat_map(|fiber| &fiber.frames);
        let slots =
            frames.flat_map(|frame| (0..frame.info().slots.len()).filter_map(|slot| frame.slot(slot)));
        for slot in slots.chain(self.context.cells().0) {
            self.charge(slot, &mut left)?;
        }
        Ok(())
    }

    fn charge(&self, slot: &Slot, left: &mut usize) -> Result<(), Error> {
        let Some(value) = slot else { return Ok(()) };
        if let Value::Str(text) = value
            && text.len() > self.limits.text
        {
            return Err(exceeded(&format!("a string is longer than {} bytes", self.limits.text)));
        }
        match value.size(*left) {
            Ok(size) => {
                *left -= size;
                Ok(())
            }
            Err(Oversize::Size) => Err(Error::fatal(
                Tag::ResourceLimitError,
                format!("ResourceLimitError: Memory usage limit exceeded ({} bytes)", self.limits.memory),
            )),
            Err(depth @ Oversize::Depth) => Err(exceeded(&depth.to_string())),
        }
    }
}

fn exceeded(what: &str) -> Error {
    Error::fatal(Tag::ResourceLimitError, format!("ResourceLimitError: {what}"))
}
