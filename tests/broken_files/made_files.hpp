#pragma once

#include "tests/broken_files/outcome.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace keyaki::test {

/// A file that is made for the test: what nobody would keep in a collection, because it is too large or too nasty.
struct MadeFile {
    FileKind kind = FileKind::city;
    std::string name; ///< as it is called on the disk
    std::string bytes;
    std::string layer_in_file = {}; ///< for --layer-in-file
};

/// Called with one after another, so that only one is in memory.
using TakeMadeFile = std::function<void(const MadeFile &)>;

void make_texts(const TakeMadeFile &take);       ///< tables, JSON, XML, names
void make_archives(const TakeMadeFile &take);    ///< zips
void make_databases(const TakeMadeFile &take);   ///< GeoPackages
void make_large_files(const TakeMadeFile &take); ///< what takes seconds to read

} // namespace keyaki::test
