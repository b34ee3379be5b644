#include "server/osm/kept_extract.hpp"

#include "geo/error.hpp"
#include "server/osm/limits.hpp"
#include "server/osm/work_file.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <fstream>
#include <utility>

namespace keyaki::server {

ExtractKeeper::ExtractKeeper(data::Store &store) : m_store(store) {
    for (bool more = true; more;) {
        m_store.write([&](data::WriteTransaction &books) { more = books.sweep_osm_pieces(swept_extract_pieces); });
    }
    m_store.write([&](data::WriteTransaction &books) { m_extract = books.begin_osm_extract(); });
}

void ExtractKeeper::put(std::string_view bytes) {
    m_bytes += bytes.size();
    if (m_bytes > max_kept_extract_bytes) {
        throw geo::Error(
            geo::ErrorKind::too_large,
            fmt::format("expected an extract of at most {} MiB, found a larger one: cut it to the city with --bbox", max_kept_extract_bytes >> 20U));
    }
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, extract_piece_bytes - m_piece.size());
        m_piece += part;
        bytes.remove_prefix(part.size());
        if (m_piece.size() == extract_piece_bytes) {
            write_piece();
        }
    }
}

void ExtractKeeper::put_file(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    std::string buffer(extract_piece_bytes, '\0');
    while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
        put(std::string_view(buffer).substr(0, static_cast<std::size_t>(in.gcount())));
    }
    if (!in.eof()) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{}: cannot be read to its end", file.string()));
    }
}

void ExtractKeeper::write_piece() {
    m_store.write([&](data::WriteTransaction &books) { books.put_osm_piece(m_extract, m_pieces, m_piece); });
    ++m_pieces;
    m_piece.clear();
}

data::OsmExtract ExtractKeeper::keep(data::OsmExtract description) {
    if (!m_piece.empty()) {
        write_piece();
    }
    description.size_bytes = m_bytes;
    description.kept_at_us = now_us();
    m_store.write([&](data::WriteTransaction &books) { books.keep_osm_extract(m_extract, description); });
    return description;
}

data::OsmExtract write_kept_extract(data::Store &store, const std::filesystem::path &file) {
    WorkFile out(file);
    data::OsmExtract extract = store.read_osm_extract([&](std::string_view bytes) { out.write(bytes); });
    out.close();
    return extract;
}

} // namespace keyaki::server
