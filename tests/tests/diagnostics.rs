//! What the compiler says about broken workflows, and where: snapshots of its reports, beside places marked by hand.

mod diagnostics {
    pub(crate) mod cases;
    pub(crate) mod property;
    pub(crate) mod several;
    pub(crate) mod snapshots;
}
