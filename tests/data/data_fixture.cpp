#include "tests/data/data_fixture.hpp"

#include <catch2/catch.hpp>

namespace keyaki::test {

data::LayerSpec layer_spec(std::string_view id) {
    data::LayerSpec spec;
    spec.id = id;
    spec.title_ja = "避難所";
    spec.title_en = "Shelters";
    spec.attribution = "清瀬市";
    return spec;
}

geo::Feature point_feature(std::string_view id, double lon_deg, double lat_deg, std::int64_t capacity) {
    geo::Feature feature;
    feature.id = id;
    feature.geometry = geo::Geometry::point({lon_deg, lat_deg});
    feature.properties.set("name", "清瀬第一小学校");
    feature.properties.set("capacity", capacity);
    return feature;
}

StoreFixture::StoreFixture() {
    m_store = data::open_store({.file = file(), .create = true});
    m_store->write([](data::WriteTransaction &transaction) { transaction.create_layer(layer_spec("shelters"), "staff:hanako", some_time_us); });
}

void StoreFixture::reopen() {
    close();
    m_store = data::open_store({.file = file()});
}

data::DraftChanges StoreFixture::import(const std::vector<geo::Feature> &features, data::Store::DraftMode mode) {
    const auto writer = m_store->write_draft("shelters", mode, "staff:hanako");
    for (geo::Feature feature : features) {
        writer->put(std::move(feature));
    }
    return writer->commit();
}

data::Revision StoreFixture::publish(std::string_view message, bool confirm_removals) {
    data::Revision revision;
    m_store->write([&](data::WriteTransaction &transaction) {
        revision = transaction.publish("shelters", "staff:hanako", message, confirm_removals, some_time_us);
    });
    return revision;
}

data::Revision StoreFixture::publish_many(int count) {
    std::vector<geo::Feature> many;
    for (int number = 0; number < count; ++number) {
        many.push_back(point_feature("f" + std::to_string(number), 139, 35, number));
    }
    import(many);
    return publish();
}

data::Revision StoreFixture::rollback(std::uint64_t number) {
    data::Revision revision;
    m_store->write(
        [&](data::WriteTransaction &transaction) { revision = transaction.rollback("shelters", number, "staff:hanako", "back", some_time_us); });
    return revision;
}

Features read(data::Store &store, std::string_view layer, data::LayerState state) {
    Features features;
    store.read_features(layer, state, [&features](geo::Feature &&feature) {
        const std::string id = feature.id;
        const bool is_new = features.emplace(id, std::move(feature)).second;
        INFO("feature " << id);
        CHECK(is_new);
    });
    return features;
}

Features published(data::Store &store) { return read(store, "shelters", data::LayerState::published()); }
Features draft(data::Store &store) { return read(store, "shelters", data::LayerState::draft()); }

} // namespace keyaki::test
