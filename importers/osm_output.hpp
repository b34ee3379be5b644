#pragma once

#include "importers/osm_extract.hpp"

#include <memory>

namespace osmium {
class OSMObject;
namespace io {
class Header;
} // namespace io
} // namespace osmium

namespace keyaki::importers {

/// Writes objects as PBF, with versions and times and without names of people. libosmium writes to files only, and whoever reads files from
/// strangers may not; so what it writes to standard output goes through a pipe of this process's own to the sink, on another thread. One at a time.
class OsmOutput {
  public:
    OsmOutput(const osmium::io::Header &header, OsmBytesSink sink);
    ~OsmOutput();
    OsmOutput(const OsmOutput &) = delete;
    OsmOutput &operator=(const OsmOutput &) = delete;

    void write(const osmium::OSMObject &object);
    /// The end of the file; everything has reached the sink. Without it the bytes end somewhere.
    void finish();

  private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace keyaki::importers
