#include "importers/osm_reading.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <osmium/osm/object.hpp>

#include <utility>

namespace keyaki::importers {

std::string object_id(const osmium::OSMObject &object) {
    return fmt::format(FMT_STRING("{}{}"), osmium::item_type_to_char(object.type()), object.id());
}

void OsmReading::begin_pass(std::string file) {
    m_file = std::move(file);
    m_last_type = 0;
}

void OsmReading::see(const osmium::OSMObject &object) {
    const char type = osmium::item_type_to_char(object.type());
    if (object.id() == m_last_id && type == m_last_type && object.version() != m_last_version && m_last_version != 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected each object once, found {} in the versions {} and {}: it is a history file; `osmium time-filter` "
                                     "makes a map extract of it",
                                     m_file, object_id(object), m_last_version, object.version()));
    }
    m_last_type = type;
    m_last_id = object.id();
    m_last_version = object.version();
}

std::string OsmReading::place() const { return m_last_type == 0 ? "" : fmt::format(" after {}{}", m_last_type, m_last_id); }

bool OsmReading::is_taken(const osmium::OSMObject &object, OsmSeenIds &seen) {
    if (!object.visible()) {
        ++m_report.deleted_objects;
        return false;
    }
    if (!seen.first_time(object.id())) {
        ++m_report.duplicate_objects;
        return false;
    }
    return true;
}

} // namespace keyaki::importers
