//! What the compiler says about broken workflows, and where: snapshots of its reports, beside places marked by hand.

mod diagnostics {
    pub mod cases;
    pub mod property;
    pub mod several;
    pub mod snapshots;
}
