#pragma once

#include <cstddef>
#include <cstdint>

/// Every limit of the importers, with unit and reason (those of features and properties: geo/limits.hpp). Past one: geo::Error(too_large) or a
/// refused row, never a truncated result.
namespace keyaki::importers {

// Report: what a person can read; the rest is counted.
constexpr std::size_t max_refusals_kept = 1000;
constexpr std::size_t max_warnings_kept = 100;
constexpr std::size_t max_quoted_value_bytes = 120; ///< of a cell quoted in a sentence

// Delimited text. Only geometries as WKT are long: a million positions of 16 characters would be 16 MB, half of that is still a cell.
constexpr std::size_t max_cell_bytes = 8U << 20U;
constexpr std::size_t max_row_bytes = 16U << 20U; ///< also what an unclosed quote may swallow
constexpr std::size_t max_columns = 2000;         ///< SQLite's own default limit of columns
constexpr std::size_t read_chunk_bytes = 64U << 10U;
constexpr std::size_t header_search_rows = 20; ///< title lines above the header: forms have up to about ten

// Encoding: bytes looked at before deciding. UTF-8 validity is checked over all of them; beyond, decoding errors are counted.
constexpr std::size_t encoding_evidence_bytes = 16U << 20U;
constexpr std::size_t encoding_sample_bytes = 64U << 10U;

// Archives. A real DBF (tokyo23ku-cvs, mostly blanks) unpacks to 109 times its size; deflate's own maximum, a bomb's, is about 1000.
constexpr std::uint64_t max_zip_entries = 10'000;
constexpr std::uint64_t max_zip_total_bytes = 8ULL << 30U;
constexpr std::uint64_t max_zip_ratio = 500;                  ///< unpacked : packed of one entry …
constexpr std::uint64_t zip_ratio_free_bytes = 256ULL << 20U; ///< … that unpacks to more than this
constexpr std::uint64_t max_zip_name_bytes = 1024;
constexpr std::uint64_t max_zip_directory_bytes = 16ULL << 20U;
constexpr std::uint64_t max_unpacked_database_bytes = 1ULL << 30U; ///< a GeoPackage in a zip is unpacked into memory: SQLite seeks

constexpr std::uint64_t max_workbook_bytes = 192ULL << 20U; ///< unpacked; its driver takes about eight times that (measured)

// GeoJSON. Eight levels reach a position of a collection in a feature; what is nested deeper stands in properties. GDAL's own parser ends at 32.
constexpr std::size_t max_json_depth = 32;

// KML and GPX. Folders in folders of real KML are about ten deep.
constexpr std::size_t max_xml_depth = 200;

// Features.
constexpr std::size_t max_collection_depth = 16;
constexpr std::size_t max_feature_id_bytes = 256;
constexpr std::uint64_t max_keys = 50'000'000; ///< 24 to 64 bytes each while ids are checked for being unique

constexpr std::uint64_t rows_between_progress = 1024; ///< a fraction of a second of reading

// The child process.
constexpr std::uint64_t child_address_space_bytes = 3ULL << 30U; ///< GDAL and its libraries alone map some hundred MB
constexpr std::uint64_t child_cpu_s = 900;
constexpr std::uint64_t child_open_files = 256;     ///< shapefile parts, PROJ, gconv tables
constexpr std::uint64_t child_silence_s = 120;      ///< no frame for so long: the child hangs (it also sends progress)
constexpr int child_pipe_bytes = 1 << 20;           ///< on the way from it: what a system lets anybody have; less means more waking up
constexpr std::uint64_t child_cpu_grace_s = 5;      ///< between the signal that says that time is over and the one that cannot be ignored
constexpr std::size_t max_frame_bytes = 64U << 20U; ///< geo::max_positions_per_geometry at 16 bytes, and the properties

} // namespace keyaki::importers
