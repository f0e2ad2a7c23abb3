//! A template run on this machine: loopback endpoint, Lambda Runtime API, function processes.
