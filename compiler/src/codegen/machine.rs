//! Code for one machine: frame, program counters, dispatch.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::ident::{MachineNames, ident};
use crate::ir::{Machine, MachineKind};

/// What code generation of one machine works with.
pub(super) struct Generator<'a> {
    pub(super) machine: &'a Machine,
    pub(super) names: MachineNames,
    /// Stands in for a name that does not exist, which would be a defect of lowering.
    pub(super) missing: Ident,
}

/// The module of a machine.
pub(super) fn generate(machine: &Machine, module: &Ident) -> TokenStream {
    let generator = Generator { machine, names: MachineNames::new(machine), missing: ident("missing") };
    let doc = match machine.kind {
        MachineKind::Main => " The main workflow.".to_owned(),
        MachineKind::Subworkflow => format!(" The subworkflow `{}`.", machine.name),
        MachineKind::Branch => format!(" The parallel branch `{}`.", machine.name),
        MachineKind::Iteration { .. } => format!(" The body of the parallel loop `{}`.", machine.name),
    };
    let info = generator.info();
    let frame = generator.frame();
    let counters = generator.program_counters();
    let implementation = generator.implementation();
    let functions = (0..machine.blocks.len()).map(|i| generator.block(i));
    quote! {
        #[doc = #doc]
        mod #module {
            use super::rt;

            #counters
            #frame

            impl Frame {
                #(#functions)*
            }

            #implementation
            #info
        }
    }
}

impl Generator<'_> {
    fn info(&self) -> TokenStream {
        let machine = self.machine;
        let (name, routine) = (&machine.name, &machine.routine);
        let kind = match machine.kind {
            MachineKind::Main => quote!(rt::MachineKind::Main),
            MachineKind::Subworkflow => quote!(rt::MachineKind::Subworkflow),
            MachineKind::Branch => quote!(rt::MachineKind::Branch),
            MachineKind::Iteration { value, index } => {
                let value = number(value.0 as usize);
                let index = option(index.map(|i| number(i.0 as usize)));
                quote!(rt::MachineKind::Iteration { value: #value, index: #index })
            }
        };
        let params = machine.params.iter().map(|param| {
            let (name, slot, optional) = (&param.name, number(param.slot.0 as usize), param.optional);
            quote!(rt::param(#name, #slot, #optional))
        });
        let slots = machine.slots.iter().map(|slot| &slot.name);
        let states = machine.blocks.iter().map(|block| {
            let (name, step) = (&block.name, number(block.step));
            let handler = option(block.handler.map(|h| number(h.index())));
            quote!(rt::state(#name, #step, #handler))
        });
        let steps = machine.steps.iter().map(|step| {
            let name = &step.name;
            let [line, column, length] = [step.line, step.column, step.length].map(Literal::u32_unsuffixed);
            match &step.callee {
                Some(callee) => quote!(rt::call_step(#name, #line, #column, #length, #callee)),
                None => quote!(rt::step(#name, #line, #column, #length)),
            }
        });
        quote! {
            #[doc = " What is fixed about the machine."]
            pub(super) static MACHINE: rt::MachineInfo = rt::MachineInfo {
                name: #name,
                routine: #routine,
                kind: #kind,
                params: &[#(#params),*],
                slots: &[#(#slots),*],
                states: &[#(#states),*],
                steps: &[#(#steps),*],
                frame: || rt::Box::new(Frame::new()),
            };
        }
    }

    fn program_counters(&self) -> TokenStream {
        let states = &self.names.states;
        let docs = self.machine.blocks.iter().map(|block| format!(" `{}`", block.name));
        quote! {
            #[doc = " Where the machine is."]
            #[derive(Clone, Copy, Debug)]
            enum Pc {
                #(#[doc = #docs] #states),*
            }

            #[doc = " All program counters, by number."]
            static PCS: &[Pc] = &[#(Pc::#states),*];
        }
    }

    fn frame(&self) -> TokenStream {
        let slots = &self.names.slots;
        let docs = self.machine.slots.iter().map(|slot| match &slot.variable {
            Some(_) => format!(" `{}`", slot.name),
            None => format!(" `{}`, hidden", slot.name),
        });
        let entry = self.names.states.first().unwrap_or(&self.missing);
        let shared = number(self.machine.shared.len());
        let cells = self.machine.shared.iter().map(|_| quote!(rt::CellId(0)));
        quote! {
            #[doc = " One activation of the routine."]
            struct Frame {
                pc: Pc,
                shared: [rt::CellId; #shared],
                #(#[doc = #docs] #slots: rt::Slot),*
            }

            impl Frame {
                fn new() -> Self {
                    Self { pc: Pc::#entry, shared: [#(#cells),*], #(#slots: rt::None),* }
                }
            }
        }
    }

    fn implementation(&self) -> TokenStream {
        let (states, functions) = (&self.names.states, &self.names.functions);
        let slots = &self.names.slots;
        let numbers: Vec<Literal> = (0..slots.len()).map(number).collect();
        quote! {
            impl rt::Machine for Frame {
                fn info(&self) -> &'static rt::MachineInfo {
                    &MACHINE
                }

                fn state(&self) -> usize {
                    self.pc as usize
                }

                fn set_state(&mut self, state: usize) -> bool {
                    match PCS.get(state) {
                        rt::Some(pc) => {
                            self.pc = *pc;
                            true
                        }
                        rt::None => false,
                    }
                }

                fn slot(&self, index: usize) -> rt::Option<&rt::Slot> {
                    match index {
                        #(#numbers => rt::Some(&self.#slots),)*
                        _ => rt::None,
                    }
                }

                fn slot_mut(&mut self, index: usize) -> rt::Option<&mut rt::Slot> {
                    match index {
                        #(#numbers => rt::Some(&mut self.#slots),)*
                        _ => rt::None,
                    }
                }

                fn shared(&self) -> &[rt::CellId] {
                    &self.shared
                }

                fn set_shared(&mut self, cells: &[rt::CellId]) -> bool {
                    if cells.len() != self.shared.len() {
                        return false;
                    }
                    self.shared.copy_from_slice(cells);
                    true
                }

                fn run(&mut self, cx: &mut rt::Context) -> rt::Outcome {
                    loop {
                        let result = match self.pc {
                            #(Pc::#states => self.#functions(cx)),*
                        };
                        if let rt::Some(outcome) = rt::advance(&mut self.pc, result) {
                            return outcome;
                        }
                    }
                }
            }
        }
    }
}

/// A number without a type suffix.
pub(super) fn number(value: usize) -> Literal {
    Literal::usize_unsuffixed(value)
}

/// `Some(value)` or `None` in the runtime's spelling.
pub(super) fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(rt::Some(#value)),
        None => quote!(rt::None),
    }
}
