//! The inboxes of virtual devices.

use super::{Store, StoreError};
use crate::id::DeviceId;
use crate::limits;
use crate::model::{DeviceKey, InboxEntry, Notification};
use rusqlite::params;

impl Store {
    /// What came into a device's inbox after a sequence number, oldest first, at most
    /// [`limits::INBOX_PAGE`].
    pub async fn inbox_after(
        &self,
        device: DeviceKey,
        id: &DeviceId,
        sequence: i64,
    ) -> Result<Vec<InboxEntry>, StoreError> {
        let sql = "SELECT sequence, coalesce(inbox.body, notification.body) FROM inbox JOIN notification USING (message, os)
                   WHERE device = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
        self.inbox(sql, device, id, sequence, limits::INBOX_PAGE).await
    }

    /// The newest of a device's inbox, oldest first, at most [`limits::INBOX_RECENT`].
    pub async fn inbox_recent(
        &self,
        device: DeviceKey,
        id: &DeviceId,
    ) -> Result<Vec<InboxEntry>, StoreError> {
        let sql = "SELECT sequence, coalesce(inbox.body, notification.body) FROM inbox JOIN notification USING (message, os)
                   WHERE device = ?1 AND sequence > ?2 ORDER BY sequence DESC LIMIT ?3";
        let mut entries = self.inbox(sql, device, id, 0, limits::INBOX_RECENT).await?;
        entries.reverse();
        Ok(entries)
    }

    async fn inbox(
        &self,
        sql: &'static str,
        device: DeviceKey,
        id: &DeviceId,
        sequence: i64,
        limit: usize,
    ) -> Result<Vec<InboxEntry>, StoreError> {
        let id = id.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![device.0, sequence, limit])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                let notification: Notification =
                    serde_json::from_str(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)
                        .map_err(|source| StoreError::Unreadable {
                            what: "notification",
                            source,
                        })?;
                let (sequence, device_id) = (row.get(0)?, id.clone());
                entries.push(InboxEntry { sequence, device_id, notification });
            }
            Ok(entries)
        })
        .await
    }
}
