#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::test {

struct HttpAnswer {
    int status = 0;                                          ///< 0: no answer came (refused, cut off)
    std::map<std::string, std::string, std::less<>> headers; ///< names in lower case
    std::string body;                                        ///< as it came, not unpacked
    [[nodiscard]] std::string_view header(std::string_view name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

/// libcurl, a client that is not ours. One thread at a time; keeps its connection.
class HttpClient {
  public:
    /// `base` is the server's address; `key` a bearer key or empty.
    explicit HttpClient(std::string base, std::string key = {});
    ~HttpClient();
    HttpClient(const HttpClient &) = delete;
    HttpClient &operator=(const HttpClient &) = delete;

    /// Finds a name's port at 127.0.0.1 ("map.example.jp:8443"), and trusts this certificate (PEM).
    void find_here(const std::string &name_and_port, const std::string &certificate_file);

    using Headers = std::vector<std::string>; ///< "Name: value"
    HttpAnswer get(std::string_view path, const Headers &headers = {});
    /// Reads an answer without end until this text has come, and hangs up; status 0 when it has not after half a minute.
    HttpAnswer get_until(std::string_view path, std::string_view mark);
    HttpAnswer head(std::string_view path, const Headers &headers = {});
    /// At most so many bytes in a second, as a phone far from its mast reads.
    HttpAnswer get_slowly(std::string_view path, long bytes_per_second);
    HttpAnswer post(std::string_view path, std::string_view body, const Headers &headers = {});
    HttpAnswer delete_(std::string_view path, const Headers &headers = {});

  private:
    HttpAnswer perform(std::string_view path, const Headers &headers, std::string_view mark = {});
    struct Handle;
    std::unique_ptr<Handle> m_handle;
    std::string m_base;
    std::string m_key;
    std::string m_found_here;
    std::string m_certificate_file;
};

} // namespace keyaki::test
