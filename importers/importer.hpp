#pragma once

#include "geo/feature.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace keyaki::importers {

/// What the person who imports knows better than the file. Everything left out is decided from evidence, and the report says which.
struct ImportOptions {
    /// An encoding's name ("cp932", "utf-8", "utf-16le", "euc-jp" …; every Shift_JIS name means CP932), or "cp932-as-latin1" to undo the damage of a
    /// tool that read CP932 as Latin-1 and saved it as UTF-8.
    std::optional<std::string> encoding;
    std::optional<std::string> crs;           ///< anything PROJ understands: "EPSG:6677", WKT …
    std::optional<std::string> key_column;    ///< the column whose value becomes the feature's id
    std::optional<std::string> lon_column;    ///< longitude, or easting when `crs` is planar; with lat_column
    std::optional<std::string> lat_column;    ///< latitude, or northing when `crs` is planar; with lon_column
    std::optional<std::string> layer_in_file; ///< which layer of a GeoPackage, which file of a zip, which sheet of a workbook
    std::optional<std::string> preset;        ///< id of a municipal standard table (standard_tables.hpp) or "none"; left out: by the columns
    bool refuse_invalid = false;              ///< a geometry that is not valid costs its row, where it is else repaired
};

/// A row that was not taken. `row` is 1-based: for delimited text the spreadsheet's row (the header line is row 1), else the feature's
/// place in the file. `column` and `value` are empty where the whole row is meant.
struct Refusal {
    std::uint64_t row = 0;
    std::string column;
    std::string value;
    std::string reason;
    std::string kind = {}; ///< a code for programs ("swapped", "decimal_point_lost", "unknown_value" …); may be empty

    friend bool operator==(const Refusal &, const Refusal &) = default;
};

/// Which encoding the text was read with; `name` is empty for formats that carry none (FlatGeobuf, GeoPackage: always UTF-8).
struct EncodingFound {
    std::string name;
    std::string evidence;            ///< why, in one sentence
    std::vector<std::string> sample; ///< up to three rows as they read in that encoding

    friend bool operator==(const EncodingFound &, const EncodingFound &) = default;
};

/// Which coordinate reference system the positions were read in; they leave as EPSG:6668 longitude and latitude.
struct CrsFound {
    std::string code;               ///< "EPSG:6677", or empty for a CRS without a code
    std::string name;               ///< "JGD2011 / Japan Plane Rectangular CS IX"
    std::string evidence;           ///< why, in one sentence
    double accuracy_m = 0;          ///< what PROJ states of the transformation used; 0 = exact or not stated
    bool approximate_datum = false; ///< positions were moved by a shift of datum that is only good to accuracy_m
    bool assumed = false;           ///< nothing in the file says so

    friend bool operator==(const CrsFound &, const CrsFound &) = default;
};

/// One column of the source, what it became and how that was decided.
struct ColumnFound {
    std::string name;          ///< as it appears in the features (unique, line breaks removed), but for `property`
    std::string role;          ///< "longitude", "latitude", "geometry", "key" or "property"
    std::string type;          ///< "integer", "number", "text", "boolean", "date", "time", "date-time"
    std::string how;           ///< why, where it was decided by us; else empty
    std::string property = {}; ///< what a standard table calls it, where that is another name: the features then carry this one

    friend bool operator==(const ColumnFound &, const ColumnFound &) = default;
};

/// Which municipal standard table the columns are those of; `id` is empty for none.
struct PresetFound {
    std::string id;
    std::string title_ja;
    std::string title_en;
    std::string evidence; ///< why, in one sentence

    friend bool operator==(const PresetFound &, const PresetFound &) = default;
};

/// What an import found and did: the answer of `POST …/imports` and of `keyaki import`.
struct ImportReport {
    std::string driver; ///< "delimited text", "ESRI Shapefile", "GPKG" …
    std::string layer_in_file;
    EncodingFound encoding;
    CrsFound crs;
    PresetFound preset;
    std::vector<ColumnFound> columns;
    std::uint64_t rows_read = 0; ///< without the header and without rows that are empty throughout
    std::uint64_t accepted = 0;  ///< rows that became at least one feature
    std::uint64_t features = 0;  ///< handed to the sink (a row with a geometry collection may become several)
    std::uint64_t refused = 0;   ///< rows_read == accepted + refused
    std::uint64_t empty_rows_skipped = 0;
    std::map<std::string, std::uint64_t> repaired;  ///< kind of repair → rows ("heights dropped", "self-crossing repaired" …)
    std::vector<Refusal> refusals;                  ///< the first max_refusals_kept (limits.hpp); all are counted in `refused`
    std::vector<std::string> warnings;              ///< one sentence each
    std::vector<Refusal> suspects;                  ///< taken, but doubtful: same shape; the first max_refusals_kept of each kind
    std::map<std::string, std::uint64_t> suspected; ///< kind → how many, all of them

    friend bool operator==(const ImportReport &, const ImportReport &) = default;

    /// Counts it, and keeps it while there is room.
    void refuse(Refusal refusal);
    void suspect(Refusal suspect);
    void warn(std::string sentence); ///< kept once, and only max_warnings_kept of them
};

/// Adds what was found of the rows after they were read: refusals turn accepted rows into refused ones, `later.features` are those that they would
/// have been, the rest comes on top.
void add_to(ImportReport &report, ImportReport &&later);

/// The report as lines of text for a terminal.
[[nodiscard]] std::string describe(const ImportReport &report);

/// A refused row, as far as it could be read: enough to tell which feature it would have been. Rows refused because their key is an earlier row's
/// are none of these.
struct LostRow {
    std::string id; ///< what the feature's would have been; empty: the file has none
    geo::Properties properties;
    std::uint64_t row = 0; ///< as in Refusal
};

/// Takes the features one after another, with the row (as in Refusal) that each came from, and what is left of refused rows; what it throws ends the
/// import and reaches the caller.
class FeatureSink {
  public:
    template <typename Take>
    requires std::is_invocable_v<Take &, geo::Feature &&, std::uint64_t> FeatureSink(Take take, std::function<void(LostRow &&)> lose = {})
        : m_take(std::move(take)), m_lose(std::move(lose)) {} // NOLINT(*-explicit-*)

    void operator()(geo::Feature &&feature, std::uint64_t row) const { m_take(std::move(feature), row); }
    void lose(LostRow &&row) const {
        if (m_lose) {
            m_lose(std::move(row));
        }
    }

  private:
    std::function<void(geo::Feature &&, std::uint64_t row)> m_take;
    std::function<void(LostRow &&)> m_lose;
};
/// Called now and then (not per feature). `total_or_0` is 0 where the end is not known; `unit` is "bytes" or "features".
using Progress = std::function<void(std::uint64_t done, std::uint64_t total_or_0, std::string_view unit)>;

/// Reads one file of city data: delimited text (CSV, TSV), Shapefile (also zipped), GeoPackage, GeoJSON and GeoJSON text sequences,
/// FlatGeobuf, KML/KMZ, GPX, and a sheet of an Excel workbook (XLSX, which is held in memory). Streams: memory does not grow with the file (except
/// some 24 to 64 bytes per id, because ids have to be unique). Positions leave on EPSG:6668, longitude first, geometries valid and wound as RFC 7946
/// says. Files from strangers are read with read_in_child (child_reader.hpp), which calls this inside a process that may do nothing else. \throws
/// geo::Error invalid_input, not_found or too_large with one sentence when nothing can be read at all; single rows are refused in the report
[[nodiscard]] ImportReport read_vector_file(const std::filesystem::path &path, const ImportOptions &options, const FeatureSink &sink,
                                            const Progress &progress = {});

} // namespace keyaki::importers
