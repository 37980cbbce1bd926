// What differs when tests run once per mutant: on a machine that is busy with other mutants.
import fc from 'fast-check';

// A mutant that a property finds is found: making its counterexample smaller is work for people, and takes most of the time.
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });

// Tests that bound a duration would call slow what only had to wait, and count mutants as found that nobody found. Mutants that
// never end are stopped by Stryker, which counts how often their code runs.
performance.now = () => 0;
