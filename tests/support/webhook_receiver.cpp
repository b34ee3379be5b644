#include "tests/support/webhook_receiver.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace keyaki::test {

namespace {

constexpr std::int64_t tolerance_s = 300;

std::string decode_base64(std::string_view text) {
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char *>(bytes.data()), reinterpret_cast<const unsigned char *>(text.data()),
                                       static_cast<int>(text.size()));
    if (length < 0) {
        return {};
    }
    const auto padding =
        static_cast<std::size_t>(std::count(text.end() - std::min<std::ptrdiff_t>(2, static_cast<std::ptrdiff_t>(text.size())), text.end(), '='));
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

const unsigned char *bytes_of(const std::string &text) { return reinterpret_cast<const unsigned char *>(text.data()); }

bool is_ed25519(const std::string &public_key, const std::string &content, const std::string &signature) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key), public_key.size()), EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(content), content.size()) == 1;
}

bool is_hmac(const std::string &secret, const std::string &content, const std::string &signature) {
    std::array<unsigned char, 32> code{};
    unsigned length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(content), content.size(), code.data(), &length);
    return signature == std::string(code.begin(), code.end());
}

} // namespace

void WebhookConsumer::use_key(std::string key) {
    const std::lock_guard lock(m_mutex);
    m_key = std::move(key);
}

std::string WebhookConsumer::check_signature(const Headers &headers, const std::string &body, std::int64_t now_s) const {
    for (const char *name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
        if (headers.count(name) == 0) {
            return std::string("there is no ") + name;
        }
    }
    const std::string &timestamp = headers.at("webhook-timestamp");
    std::int64_t sent_s = 0;
    std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), sent_s);
    if (std::abs(now_s - sent_s) > tolerance_s) {
        return "the timestamp is too old or too new";
    }
    const std::string content = headers.at("webhook-id") + "." + timestamp + "." + body;
    const bool is_asymmetric = m_key.starts_with("whpk_");
    const std::string key = decode_base64(std::string_view(m_key).substr(m_key.find('_') + 1));
    std::string_view rest = headers.at("webhook-signature");
    while (!rest.empty()) { // several signatures, parted by blanks
        const std::string_view one = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        const std::string_view version = one.substr(0, one.find(','));
        const std::string signature = decode_base64(one.substr(std::min(version.size() + 1, one.size())));
        if ((version == "v1a" && is_asymmetric && is_ed25519(key, content, signature)) ||
            (version == "v1" && !is_asymmetric && is_hmac(key, content, signature))) {
            return {};
        }
    }
    return "no signature is good";
}

std::string WebhookConsumer::take(const Headers &headers, const std::string &body, std::int64_t now_s) {
    const std::lock_guard lock(m_mutex);
    std::string problem = check_signature(headers, body, now_s);
    if (problem.empty() && headers.find("content-type")->second.rfind("application/cloudevents+json", 0) != 0) {
        problem = "the content type is not that of CloudEvents";
    }
    if (problem.empty()) {
        problem = apply(headers.at("webhook-id"), body);
    }
    if (!problem.empty()) {
        m_complaints.push_back(problem);
    }
    return problem;
}

std::string WebhookConsumer::apply(const std::string &id, const std::string &body) {
    const nlohmann::json event = nlohmann::json::parse(body, nullptr, false);
    for (const char *name : {"specversion", "id", "source", "type", "subject", "time", "sequence", "data"}) {
        if (!event.is_object() || !event.contains(name)) {
            return std::string("the event has no ") + name;
        }
    }
    if (event["specversion"] != "1.0" || event["id"] != id) {
        return "the event is of another version, or its id is not the header's";
    }
    if (!m_ids.insert(id).second) {
        ++m_repeats;
        return m_bodies.at(id) == body ? "" : "the same id came with another body";
    }
    m_bodies[id] = body;
    const std::string subject = event["subject"];
    const std::string sequence = event["sequence"];
    std::string &last = m_last_sequence[subject];
    if (sequence <= last) {
        return "the events of " + subject + " come out of order";
    }
    last = sequence;
    m_applied[subject].push_back(id);
    return {};
}

std::map<std::string, std::vector<std::string>> WebhookConsumer::applied() const {
    const std::lock_guard lock(m_mutex);
    return m_applied;
}
std::size_t WebhookConsumer::count() const {
    const std::lock_guard lock(m_mutex);
    return m_ids.size();
}
std::size_t WebhookConsumer::repeats() const {
    const std::lock_guard lock(m_mutex);
    return m_repeats;
}
std::vector<std::string> WebhookConsumer::complaints() const {
    const std::lock_guard lock(m_mutex);
    return m_complaints;
}

WebhookReceiver::WebhookReceiver() : m_consumer(""), m_status([](int) { return 204; }) {
    m_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(m_listener, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || listen(m_listener, 64) != 0 ||
        getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &length) != 0) {
        throw std::runtime_error("the receiver of webhooks cannot listen");
    }
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { run(); });
}

WebhookReceiver::~WebhookReceiver() {
    m_stopping = true;
    shutdown(m_listener, SHUT_RDWR);
    m_thread.join();
    close(m_listener);
    {
        const std::lock_guard lock(m_connections_mutex);
        for (const int connection : m_connections) {
            shutdown(connection, SHUT_RDWR);
        }
    }
    for (std::thread &thread : m_threads) {
        thread.join();
    }
}

void WebhookReceiver::answer(std::function<int(int)> status) {
    const std::lock_guard lock(m_mutex);
    m_status = std::move(status);
}

bool WebhookReceiver::wait(const std::function<bool()> &is_so) {
    std::unique_lock lock(m_news_mutex);
    return m_news.wait_for(lock, std::chrono::minutes(1), is_so);
}

void WebhookReceiver::run() {
    while (!m_stopping) {
        const int connection = accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) {
            continue;
        }
        ++m_accepted;
        const std::lock_guard lock(m_connections_mutex);
        m_connections.insert(connection);
        m_threads.emplace_back([this, connection] { serve(connection); });
    }
}

void WebhookReceiver::serve(int connection) {
    std::string input;
    while (!m_stopping && serve_one(connection, input)) {
    }
    const std::lock_guard lock(m_connections_mutex);
    m_connections.erase(connection);
    close(connection);
}

/// One request and its answer; false where the connection ends.
bool WebhookReceiver::serve_one(int connection, std::string &input) {
    const auto read_more = [&] {
        std::array<char, 16'384> piece{};
        const ssize_t length = recv(connection, piece.data(), piece.size(), 0);
        input.append(piece.data(), static_cast<std::size_t>(std::max<ssize_t>(0, length)));
        return length > 0;
    };
    while (input.find("\r\n\r\n") == std::string::npos) {
        if (!read_more()) {
            return false;
        }
    }
    const std::size_t head_end = input.find("\r\n\r\n");
    WebhookConsumer::Headers headers;
    for (std::size_t at = input.find("\r\n") + 2; at < head_end + 2;) {
        const std::size_t line_end = input.find("\r\n", at);
        const std::string line = input.substr(at, line_end - at);
        const std::size_t colon = line.find(':');
        std::string name = line.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(), [](char letter) { return static_cast<char>(std::tolower(letter)); });
        headers[name] = line.substr(std::min(line.size(), line.find_first_not_of(' ', colon + 1)));
        at = line_end + 2;
    }
    std::size_t length = 0;
    const std::string &length_text = headers["content-length"];
    std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    while (input.size() < head_end + 4 + length) {
        if (!read_more()) {
            return false;
        }
    }
    const std::string body = input.substr(head_end + 4, length);
    input.erase(0, head_end + 4 + length);
    int status = 0;
    {
        const std::lock_guard lock(m_mutex);
        status = m_status(m_requests++);
    }
    const bool is_taken = status == 0 || (status >= 200 && status < 300);
    if (is_taken && !m_consumer.take(headers, body, time(nullptr)).empty()) {
        status = 400;
    }
    {
        const std::lock_guard lock(m_news_mutex);
        m_news.notify_all();
    }
    const std::string answer = "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: 0\r\n\r\n";
    return status != 0 && send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(answer.size());
}

} // namespace keyaki::test
