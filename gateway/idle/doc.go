// Package idle stops sessions that nobody uses, so that others get their GPUs.
//
// # Promises
//
//   - Rule.Judge is pure: it decides from the session, what is known of its use,
//     and the last warning.
//   - What is not known is not idleness. A session is only judged while its
//     agent is connected and has lately said what the app does; an app that can
//     say whether its kernels compute (session.App.Activity) has to have said so.
//   - A busy kernel is use, however silent it is; so are busy CPUs and GPUs, and
//     an open connection of any browser or program to the app.
//   - Nobody is stopped without a warning on the session's page, which stood
//     there for as long as the rule says. Use takes the warning back.
//   - A dry run says what would be stopped, and touches nothing.
//
// When it runs is package cron's business; what sessions use is gathered by
// package usage.
package idle
