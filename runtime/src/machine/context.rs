//! What a machine sees of its execution while it runs.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::effect::Timestamp;
use crate::error::{Error, Result};
use crate::ops;
use crate::stdlib::Surroundings;
use crate::value::{EcoString, Slot, Value};

use super::caught;

/// The number of a shared variable's cell in its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct CellId(pub u32);

/// The surroundings of the machines of one execution.
pub struct Context {
    /// Steps that may still be entered before the driver wants control back.
    fuel: u32,
    /// The result that the next machine to run receives, or the value that the last one returned.
    input: Value,
    /// The error that led to the handler state that runs next.
    error: Option<Error>,
    /// Variables that are shared between parallel bodies.
    cells: Vec<Slot>,
    /// Cells that are not in use.
    free: Vec<CellId>,
    surroundings: Arc<dyn Surroundings + Send + Sync>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("fuel", &self.fuel)
            .field("cells", &self.cells)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// A context without shared variables.
    #[must_use]
    pub fn new(surroundings: Arc<dyn Surroundings + Send + Sync>) -> Self {
        Self { fuel: 0, input: Value::Null, error: None, cells: Vec::new(), free: Vec::new(), surroundings }
    }

    /// Allows `steps` steps; gives how many of the last allowance were left.
    pub fn refuel(&mut self, steps: u32) -> u32 {
        std::mem::replace(&mut self.fuel, steps)
    }

    /// Counts the entry of a step. False: the allowance is used up.
    #[inline]
    pub fn enter_step(&mut self) -> bool {
        if self.fuel == 0 {
            return false;
        }
        self.fuel -= 1;
        true
    }

    /// Hands over the result of a call or an effect.
    pub fn put_input(&mut self, value: Value) {
        self.input = value;
    }

    /// The result of the call or effect that the machine suspended on.
    #[inline]
    pub fn receive(&mut self) -> Value {
        std::mem::take(&mut self.input)
    }

    /// Ends the running machine with a value.
    #[inline]
    pub fn finish(&mut self, value: Value) {
        self.input = value;
    }

    /// Hands over the error that a handler state is to deal with.
    pub fn put_error(&mut self, error: Error) {
        self.error = Some(error);
    }

    /// The error that led to this handler state, as a value that [`caught`] can take apart.
    pub fn caught(&mut self) -> Value {
        self.error.take().map_or(Value::Null, caught::pack)
    }

    /// Moves a variable into a cell.
    pub fn lend(&mut self, slot: &mut Slot) -> CellId {
        let value = slot.take();
        if let Some(id) = self.free.pop()
            && let Some(cell) = self.cells.get_mut(id.0 as usize)
        {
            *cell = value;
            return id;
        }
        let id = CellId(u32::try_from(self.cells.len()).unwrap_or(u32::MAX));
        self.cells.push(value);
        id
    }

    /// Frees a cell and gives its variable back.
    pub fn give_back(&mut self, id: CellId) -> Slot {
        self.free.push(id);
        self.cells.get_mut(id.0 as usize).and_then(Option::take)
    }

    /// Reads a shared variable.
    ///
    /// # Errors
    ///
    /// `KeyError` when nothing has been assigned to it yet.
    pub fn load_shared(&self, id: CellId, name: &str) -> Result<&Value> {
        self.cells.get(id.0 as usize).and_then(Option::as_ref).ok_or_else(|| Error::key_not_found(name))
    }

    /// A copy of a shared variable, assigned or not.
    #[must_use]
    pub fn copy_shared(&self, id: CellId) -> Slot {
        self.cells.get(id.0 as usize).cloned().flatten()
    }

    /// Assigns a shared variable.
    pub fn store_shared(&mut self, id: CellId, value: Value) {
        if let Some(cell) = self.cells.get_mut(id.0 as usize) {
            *cell = Some(value);
        }
    }

    /// Assigns inside a shared variable.
    ///
    /// # Errors
    ///
    /// As [`ops::store`].
    pub fn store_shared_at(&mut self, id: CellId, path: &[Value], value: Value, name: &str) -> Result<()> {
        let mut nothing = None;
        let cell = self.cells.get_mut(id.0 as usize).unwrap_or(&mut nothing);
        ops::store(cell, path, value, name)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp(self.surroundings.now_micros())
    }

    /// All cells, for a checkpoint.
    #[must_use]
    pub fn cells(&self) -> (&[Slot], &[CellId]) {
        (&self.cells, &self.free)
    }

    /// Puts back cells from a checkpoint.
    pub fn restore_cells(&mut self, cells: Vec<Slot>, free: Vec<CellId>) {
        self.cells = cells;
        self.free = free;
    }
}

impl Surroundings for Context {
    fn now_micros(&self) -> i64 {
        self.surroundings.now_micros()
    }

    fn random_bytes(&self, buffer: &mut [u8]) {
        self.surroundings.random_bytes(buffer);
    }

    fn env(&self, name: &str) -> Option<EcoString> {
        self.surroundings.env(name)
    }
}
