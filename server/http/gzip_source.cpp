#include "server/http/gzip_source.hpp"

#include "geo/error.hpp"
#include "server/http/limits.hpp"

#include <utility>

#define ZLIB_CONST // next_in is only read
#include <zlib.h>

namespace keyaki::server::http {

namespace {

// zlib and not libdeflate, which packs whole bodies only. Level 1 takes the least time, and GeoJSON still shrinks to a sixth.
constexpr int level = Z_BEST_SPEED;
constexpr int gzip_window_bits = 15 + 16;
constexpr int memory_level = 8;

class GzipSource : public BodySource {
  public:
    GzipSource(const std::string &first, std::shared_ptr<BodySource> rest) : m_rest(std::move(rest)), m_plain(first) {
        if (deflateInit2(&m_stream, level, Z_DEFLATED, gzip_window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw geo::Error(geo::ErrorKind::unavailable, "no memory for a gzip compressor");
        }
    }
    ~GzipSource() override { deflateEnd(&m_stream); }

    bool append_piece(std::string &out) override {
        const std::size_t begin = out.size();
        while (!m_ended && out.size() - begin < limits::piece_bytes) {
            if (m_plain.empty() && m_rest && !m_rest->append_piece(m_plain)) {
                m_rest = nullptr;
            }
            pack(out, m_rest ? Z_NO_FLUSH : Z_FINISH);
        }
        return !m_ended;
    }

  private:
    /// Packs all of m_plain.
    void pack(std::string &out, int flush) {
        m_stream.next_in = static_cast<const Bytef *>(static_cast<const void *>(m_plain.data()));
        m_stream.avail_in = static_cast<uInt>(m_plain.size());
        do {
            const std::size_t before = out.size();
            constexpr std::size_t room = std::size_t{32} * 1024;
            out.resize(before + room);
            m_stream.next_out = static_cast<Bytef *>(static_cast<void *>(out.data() + before));
            m_stream.avail_out = room;
            const int result = deflate(&m_stream, flush);
            out.resize(before + room - m_stream.avail_out);
            m_ended = result == Z_STREAM_END;
        } while (m_stream.avail_out == 0 && !m_ended);
        m_plain.clear();
    }

    std::shared_ptr<BodySource> m_rest; ///< until its last piece has come
    std::string m_plain;                ///< not packed yet
    z_stream m_stream{};
    bool m_ended = false;
};

} // namespace

std::shared_ptr<BodySource> gzip_source(const std::string &first, std::shared_ptr<BodySource> rest) {
    return std::make_shared<GzipSource>(first, std::move(rest));
}

} // namespace keyaki::server::http
