#include "server/flows/import.hpp"

#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/flows/layer_importer.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace keyaki::server {

namespace {

/// The layer's own where there is one, else the wanted one with its gaps filled.
data::LayerSpec spec_in_force(data::Store &store, const data::LayerSpec &wanted) {
    if (const auto layer = store.find_layer(wanted.id)) {
        return layer->spec;
    }
    data::LayerSpec spec = wanted;
    if (!data::is_layer_id(spec.id)) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("a layer's id is a-z, then a-z, 0-9 and _, at most 48 of them; found \"{}\"", spec.id));
    }
    if (spec.title_en.empty()) {
        spec.title_en = spec.title_ja.empty() ? spec.id : spec.title_ja;
    }
    if (spec.title_ja.empty()) {
        spec.title_ja = spec.title_en;
    }
    return spec;
}

} // namespace

bool ensure_layer(data::Store &store, const data::LayerSpec &wanted, const std::string &author) {
    if (store.find_layer(wanted.id)) {
        return false;
    }
    const data::LayerSpec spec = spec_in_force(store, wanted);
    store.write([&](data::WriteTransaction &books) { books.create_layer(spec, author, now_us()); });
    return true;
}

void MadeLayers::ensure(const data::LayerSpec &wanted) {
    if (ensure_layer(m_store, wanted, m_author)) {
        m_made.push_back(wanted.id);
    }
}

MadeLayers::~MadeLayers() {
    for (const std::string &layer : m_made) {
        try {
            m_store.write([&](data::WriteTransaction &books) { books.forget_layer(layer, m_author, now_us()); });
        } catch (const geo::Error &) { // what is thrown already says more
        }
    }
}

ImportOutcome import_layer(data::Store &store, const LayerImport &import, const importers::Progress &progress, const std::stop_token &stop) {
    if (!std::filesystem::exists(import.file)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", import.file.string()));
    }
    LayerImporter importer(store, import, spec_in_force(store, import.layer));
    const importers::FeatureSink sink([&](geo::Feature &&feature, std::uint64_t row) { importer.take(std::move(feature), row); },
                                      [&](const importers::LostRow &row) { importer.lose(row); });
    return importer.conclude(importers::read_in_child(importers::own_program, import.file, importer.reading_options(), sink, progress, stop));
}

importers::ImportReport dry_run(const std::filesystem::path &file, const importers::ImportOptions &options, const importers::Progress &progress) {
    return importers::read_in_child(
        importers::own_program, file, options, [](const geo::Feature &, std::uint64_t) {}, progress);
}

} // namespace keyaki::server
