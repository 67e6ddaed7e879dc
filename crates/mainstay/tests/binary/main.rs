//! The program as it is run: started, asked over http and its socket, stopped, started again.

mod demo;
mod keys;
mod run;
mod serve;
