// Package desktop is a graphical session for a browser: an X server that speaks
// VNC (TigerVNC's Xvnc), a desktop on it, and noVNC's page. It runs in the job
// as an app like any other and is reached through the tunnel alone.
//
// Promises:
//
//   - Nothing listens on a network: the X server speaks RFB on a socket in the
//     session's private directory, and pages are served on another.
//   - Other users of the node cannot open windows on it: X clients need a
//     cookie that only the owner can read. It is in no argument and no variable.
//   - When the person logs out of the desktop the app ends well; when the X
//     server dies it ends badly and says so.
//
// noVNC, Xvnc and the desktop are the node's own; what is missing is named.
package desktop
