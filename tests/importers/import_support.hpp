#pragma once

#include "geo/error.hpp"
#include "importers/importer.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace keyaki::importers::test {

struct Imported {
    ImportReport report;
    std::vector<geo::Feature> features;
};

inline Imported import_file(const std::filesystem::path &path, const ImportOptions &options = {}) {
    Imported imported;
    imported.report =
        read_vector_file(path, options, [&](geo::Feature &&feature, std::uint64_t) { imported.features.push_back(std::move(feature)); });
    return imported;
}

/// The rows that were refused, as far as they could be read.
inline std::vector<LostRow> lost_rows_of(const std::filesystem::path &path, const ImportOptions &options = {}) {
    std::vector<LostRow> lost;
    (void)read_vector_file(path, options,
                           FeatureSink([](const geo::Feature &, std::uint64_t) {}, [&](LostRow &&row) { lost.push_back(std::move(row)); }));
    return lost;
}

/// The sentence with which an import is refused; empty when it is not.
inline std::string refusal_of(const std::filesystem::path &path, const ImportOptions &options = {}) {
    try {
        (void)import_file(path, options);
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

inline std::string text_of(const geo::Feature &feature, std::string_view name) {
    const geo::Value *value = feature.properties.find(name);
    const auto *text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text == nullptr ? "(not a text)" : *text;
}

inline ImportOptions with_layer(std::string layer) {
    ImportOptions options;
    options.layer_in_file = std::move(layer);
    return options;
}

} // namespace keyaki::importers::test
