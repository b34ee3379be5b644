#include "server/osm/work_file.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace keyaki::server {

WorkFile::WorkFile(std::filesystem::path path) : m_path(std::move(path)), m_out(m_path, std::ios::binary | std::ios::trunc) {
    if (!m_out) {
        refuse();
    }
}

void WorkFile::write(std::string_view bytes) {
    if (!m_out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
        refuse();
    }
}

void WorkFile::close() {
    m_out.close();
    if (!m_out) {
        refuse();
    }
}

void WorkFile::refuse() const {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{}: cannot be written: {}", m_path.string(), std::strerror(errno)));
}

} // namespace keyaki::server
