//! A template's topology run in virtual time under load and faults.
