#pragma once

#include "tiles/mapped_file.hpp"
#include "tiles/pmtiles_directory.hpp"
#include "tiles/pmtiles_header.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <map>
#include <memory>
#include <string>

namespace keyaki::test {

/// An archive that lies in memory.
class MemoryBytes final : public tiles::ArchiveBytes {
  public:
    explicit MemoryBytes(std::string bytes) : m_bytes(std::move(bytes)) {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return m_bytes.size(); }
    [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t length) const override { return m_bytes.substr(offset, length); }
    [[nodiscard]] const std::string &name() const noexcept override { return m_name; }

  private:
    std::string m_bytes;
    std::string m_name = "made.pmtiles";
};

/// The parts of an archive, to be put together in any way, also a wrong one. Of what is compressed the header says, the root and the leaves are
/// put in as they are.
struct MadeArchive {
    tiles::PmtilesHeader header;
    std::string root;
    std::string leaves;
    std::string tile_data = std::string(1'000, 't');

    /// With entries as they are given: nothing is checked.
    explicit MadeArchive(const tiles::PmtilesDirectory &entries);
    /// Appends a leaf directory and says where.
    tiles::PmtilesEntry add_leaf(const tiles::PmtilesDirectory &entries);
    /// With the sections' places in the header, after `change`.
    [[nodiscard]] std::string bytes() const;
    [[nodiscard]] tiles::PmtilesReader open() const { return tiles::PmtilesReader(std::make_shared<MemoryBytes>(bytes())); }
};

/// What opening or reading everything says is wrong; "" where nothing is.
[[nodiscard]] std::string complaint_about(const std::string &archive);

/// Every tile of the archive by its number.
[[nodiscard]] std::map<std::uint64_t, std::string> all_tiles(const tiles::PmtilesReader &reader);

} // namespace keyaki::test
