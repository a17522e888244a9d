// Package browser drives a real Chromium: one for the whole test run, started
// when it is first needed, and a profile of its own for each tab.
//
// Every tab notes what goes wrong in it (errors on the console, requests that
// fail) and shows it when its test fails. Pictures are kept where
// BERTH_E2E_ARTIFACTS says.
package browser
