#pragma once

#include "importers/shortbread_file.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::test {

/// A feature kept beyond the call.
struct KeptFeature {
    importers::ShortbreadFeature feature; ///< without attributes and shape
    std::map<std::string, std::string> attributes;
    geo::GridShape shape;
};

/// Keeps what it is given, by layer.
class KeepingSink final : public importers::ShortbreadSink {
  public:
    void number_vertices(std::uint32_t count) override { m_vertices = count; }
    void take(const importers::ShortbreadFeature &feature, unsigned thread) override;

    [[nodiscard]] const std::vector<KeptFeature> &layer(const std::string &name) const;
    [[nodiscard]] std::uint32_t vertices() const noexcept { return m_vertices; }
    /// A line for each feature, sorted: the same for the same map.
    [[nodiscard]] std::vector<std::string> lines() const;

  private:
    mutable std::mutex m_mutex;
    std::map<std::string, std::vector<KeptFeature>> m_layers;
    std::uint32_t m_vertices = 0;
};

/// Whether a ring is around a point, by the edges that a line to the west crosses.
[[nodiscard]] bool is_inside(std::span<const geo::GridVertex> ring, geo::GridPoint point);

struct ReadShortbread {
    importers::ShortbreadReport report;
    KeepingSink sink;
};

void read_shortbread(const std::filesystem::path &path, ReadShortbread &into, const importers::ShortbreadOptions &options = {});
/// Reads a file of these lines (https://osmcode.org/opl-file-format/), attributes that nobody asks for left out.
void read_shortbread_opl(std::string_view lines, ReadShortbread &into, const importers::ShortbreadOptions &options = {});

} // namespace keyaki::test
