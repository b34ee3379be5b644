#include "importers/byte_source.hpp"

#include "geo/error.hpp"

#include <cpl_vsi.h>
#include <fmt/format.h>

#include <filesystem>

namespace keyaki::importers {

namespace {

struct VsiClose {
    void operator()(VSILFILE *file) const noexcept { VSIFCloseL(file); }
};

class VsiSource final : public ByteSource {
  public:
    VsiSource(const std::string &path, VSILFILE *file) : m_path(path), m_file(file) {
        VSIFSeekL(file, 0, SEEK_END);
        m_size_bytes = VSIFTellL(file);
        VSIFSeekL(file, 0, SEEK_SET);
    }

    std::size_t read(std::span<char> buffer) override {
        const std::size_t got = VSIFReadL(buffer.data(), 1, buffer.size(), m_file.get());
        m_read_bytes += got;
        if (got == 0 && m_read_bytes < m_size_bytes) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected {} bytes in {}, found {}: it is cut short or damaged", m_size_bytes,
                                                                        std::filesystem::path(m_path).filename().string(), m_read_bytes));
        }
        return got;
    }
    std::uint64_t size_bytes() const override { return m_size_bytes; }
    void rewind() override {
        VSIFSeekL(m_file.get(), 0, SEEK_SET);
        m_read_bytes = 0;
    }

  private:
    std::string m_path;
    std::unique_ptr<VSILFILE, VsiClose> m_file;
    std::uint64_t m_size_bytes = 0;
    std::uint64_t m_read_bytes = 0;
};

} // namespace

std::unique_ptr<ByteSource> open_bytes(const std::string &path) {
    VSILFILE *file = VSIFOpenL(path.c_str(), "rb");
    if (file == nullptr) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("expected a file that can be read, found none at {}", path));
    }
    return std::make_unique<VsiSource>(path, file);
}

} // namespace keyaki::importers
