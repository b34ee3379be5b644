#pragma once

#include "data/store.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::test {

/// 2026-04-12 10:00 in Tokyo.
constexpr std::int64_t some_time_us = 1'775'955'600'000'000;

[[nodiscard]] data::LayerSpec layer_spec(std::string_view id);
[[nodiscard]] geo::Feature point_feature(std::string_view id, double lon_deg, double lat_deg, std::int64_t capacity = 0);

/// A new database in a folder of its own, with the layer "shelters".
class StoreFixture {
  public:
    StoreFixture();
    [[nodiscard]] data::Store &store() { return *m_store; }
    [[nodiscard]] std::filesystem::path file() const { return m_folder / "city.sqlite"; }
    [[nodiscard]] const TemporaryFolder &folder() const { return m_folder; }
    void close() { m_store.reset(); }
    void reopen();

    data::DraftChanges import(const std::vector<geo::Feature> &features, data::Store::DraftMode mode = data::Store::DraftMode::replace);
    data::Revision publish(std::string_view message = "a reason", bool confirm_removals = true);
    /// Replaces what is there by points "f0", "f1", … that are all at one place, and publishes them.
    data::Revision publish_many(int count = 3000);
    data::Revision rollback(std::uint64_t revision);

  private:
    TemporaryFolder m_folder;
    std::unique_ptr<data::Store> m_store;
};

/// Features of a state by id.
using Features = std::map<std::string, geo::Feature>;
[[nodiscard]] Features read(data::Store &store, std::string_view layer, data::LayerState state);
[[nodiscard]] Features published(data::Store &store);
[[nodiscard]] Features draft(data::Store &store);

} // namespace keyaki::test
