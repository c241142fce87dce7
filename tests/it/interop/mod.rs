//! Model files of other libraries: equal margins on golden cases, and bounds of what is read.

mod cli;
mod export;
mod golden;
mod mutants;
mod ubj;
mod xgboost;
