#pragma once

#include "importers/gdal_session.hpp"
#include "importers/geojson_survey.hpp"
#include "importers/source_choice.hpp"

#include <memory>
#include <string>

class GDALDataset;

/// Opening a file with the one GDAL driver of its format, after what can be wrong with it before GDAL sees it has been looked for.
namespace keyaki::importers {

struct DatasetClose {
    void operator()(GDALDataset *dataset) const noexcept;
};
using Dataset = std::unique_ptr<GDALDataset, DatasetClose>;

/// A file in GDAL's memory, for formats that seek and come in an archive.
class MemoryCopy {
  public:
    MemoryCopy() = default;
    MemoryCopy(const MemoryCopy &) = delete;
    MemoryCopy &operator=(const MemoryCopy &) = delete;
    ~MemoryCopy();
    /// The copy's path, as GDAL names it. \throws geo::Error too_large
    const std::string &copy(const std::string &from);

  private:
    std::string m_path;
};

/// An open file and what was found out on the way. The members go in the order in which GDAL wants them gone: the dataset first.
class OpenedFile {
  public:
    /// \param shown the file's name for sentences
    /// \param report gets the encoding; its warnings may grow
    /// \throws geo::Error as read_vector_file
    OpenedFile(const SourceChoice &source, const ImportOptions &options, const std::string &shown, GdalMessages &messages, ImportReport &report);

    /// Whether it is GeoJSON that read_plain_geojson takes: then there is no dataset.
    [[nodiscard]] bool is_plain() const noexcept { return m_dataset == nullptr; }
    [[nodiscard]] GDALDataset &dataset() const { return *m_dataset; } ///< \pre !is_plain()
    [[nodiscard]] const GeoJsonSurvey &survey() const { return m_survey; }
    /// Which encoding texts have to be decoded from; empty: the format says UTF-8.
    [[nodiscard]] const std::string &text_encoding() const { return m_text_encoding; }

  private:
    MemoryCopy m_memory;
    GeoJsonSurvey m_survey;
    std::string m_text_encoding;
    Dataset m_dataset;
};

[[nodiscard]] bool is_geojson(SourceFormat format) noexcept;

/// Why GDAL failed, in a sentence's tail that names our file and not its path.
[[nodiscard]] std::string take_failure(GdalMessages &messages, const SourceChoice &source, const std::string &shown);

} // namespace keyaki::importers
