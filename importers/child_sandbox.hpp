#pragma once

namespace keyaki::importers {

/// Takes from this process, for good, what a parser of files does not need: the network, other processes, writing files, new privileges, more
/// memory and time than limits.hpp says. \throws geo::Error internal where the kernel refuses a part of it: better no import than an open one
void enter_sandbox();

} // namespace keyaki::importers
