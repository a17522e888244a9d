// Package ldaptest runs a real slapd (OpenLDAP) for tests: a private directory
// in a temporary folder, on free ports of 127.0.0.1 and a Unix socket, with TLS
// from an authority made on the fly, holding the demo tree.
//
// The demo tree, also rendered by DemoLDIF for demo clusters:
//
//	dc=example,dc=org
//	  ou=people    alice bob carol dave    password = name, uidNumber 2001 ...
//	  ou=services  cn=berth                password "berth-service"
//	  ou=groups    researchers   alice bob carol dave
//	               admins        carol
//	               gpu-users     alice carol
//	               everyone      the group researchers
//	               hpc           posixGroup 2000, all by memberUid
//	               operators     posixGroup 2100, bob by memberUid
//
// The overlay memberof is on; anonymous may bind but not read.
package ldaptest
