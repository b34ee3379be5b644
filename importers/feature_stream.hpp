#pragma once

#include "geo/error.hpp"
#include "importers/importer.hpp"
#include "importers/osm_extract.hpp"
#include "importers/osm_file.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What a reading child process writes into its pipe, and what the parent makes of it. A stream is a row of frames:
///   u32 length of what follows · u8 kind · payload
/// All numbers little-endian, texts as u32 length and UTF-8 bytes, doubles as their IEEE 754 bits. A stream ends with one report or error frame.
namespace keyaki::importers {

struct StreamProgress {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::string unit;
};
struct StreamError {
    geo::ErrorKind kind = geo::ErrorKind::invalid_input;
    std::string sentence;
};
/// A feature of a file of city data.
struct StreamFeature {
    geo::Feature feature;
    std::uint64_t row = 0; ///< as in Refusal
};
/// A feature of an OpenStreetMap file.
struct StreamOsmFeature {
    std::uint8_t layer = 0; ///< place in osm_layers()
    geo::Feature feature;
};
/// The next bytes of a file that the child makes.
struct StreamBytes {
    std::string bytes;
};
using StreamItem =
    std::variant<StreamFeature, LostRow, StreamProgress, ImportReport, StreamError, StreamOsmFeature, OsmReport, StreamBytes, OsmChangeReport>;

/// The frame of one item, appended to `out`.
void write_frame(const geo::Feature &feature, std::uint64_t row, std::string &out);
void write_frame(const LostRow &row, std::string &out);
void write_frame(const StreamProgress &progress, std::string &out);
void write_frame(const ImportReport &report, std::string &out);
void write_frame(const StreamError &error, std::string &out);
/// \pre layer < osm_layer_count
void write_osm_frame(std::uint8_t layer, const geo::Feature &feature, std::string &out);
void write_frame(const OsmReport &report, std::string &out);
void write_bytes_frame(std::string_view bytes, std::string &out);
void write_frame(const OsmChangeReport &report, std::string &out);

/// Reads frames from a process that may have been taken over by the file it read: every length, enum, text and invariant of Geometry is checked.
class FrameReader {
  public:
    /// Adds bytes as they come.
    void feed(std::string_view bytes);
    /// The next whole item; nothing until more bytes come. \throws geo::Error corrupt for bytes that no honest child writes
    [[nodiscard]] std::optional<StreamItem> next();

  private:
    std::string m_bytes;
    std::size_t m_place = 0;
};

} // namespace keyaki::importers
