#pragma once

#include "importers/child_limits.hpp"

#include <filesystem>

namespace keyaki::importers {

/// Takes from this process, for good, what a parser of files does not need: the network, other processes, writing files, new privileges, more
/// memory and time than `limits` say, and (where the kernel has Landlock) reading anything but the system's libraries and `readable`: one file, or
/// a folder. A shapefile's parts lie beside it, so for one of them its folder is readable. \throws geo::Error internal where the kernel refuses a
/// part of it: better no import than an open one
void enter_sandbox(const std::filesystem::path &readable, const ChildLimits &limits);

} // namespace keyaki::importers
